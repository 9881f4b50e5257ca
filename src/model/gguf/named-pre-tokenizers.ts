/** How a byte-level tokenizer cuts a text before it merges, as Hugging Face's tokenizer.json says it. */
export interface NamedPreTokenizer {
  /** Values of `tokenizer.ggml.pre`. */
  readonly names: readonly string[];
  readonly normalizer?: object;
  readonly steps: readonly object[];
  /** A word that is a token as it stands is taken whole. */
  readonly ignoreMerges?: boolean;
  /** BOS stands in front of every text, unless the file says otherwise. */
  readonly addsBos?: boolean;
}

const split = (pattern: string): object => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Isolated",
  invert: false,
});
const byteLevel = (use_regex: boolean): object => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex,
});

const cl100k = (digits: string): string =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const UPPER = "\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}";
const LOWER = "\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}";
const TEKKEN =
  `[^\\r\\n\\p{L}\\p{N}]?[${UPPER}]*[${LOWER}]+|[^\\r\\n\\p{L}\\p{N}]?[${UPPER}]+[${LOWER}]*|` +
  "\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const SINGLE_DIGITS = { type: "Digits", individual_digits: true };

/**
 * The tokenizers that llama.cpp tells apart by name, as the tokenizer.json of the models has them. Where llama.cpp differs (it knows
 * no normalizer, so Qwen's NFC is missing there), the model's own is followed.
 * Source: llama.cpp, src/llama-vocab.cpp; the tokenizer.json of Qwen2.5, Llama 3, Mistral Nemo, SmolLM2, StarCoder2 and GPT-2.
 */
const PRE_TOKENIZERS: readonly NamedPreTokenizer[] = [
  {
    names: ["qwen2", "deepseek-r1-qwen", "megrez"],
    normalizer: { type: "NFC" },
    steps: [split(cl100k("\\p{N}")), byteLevel(false)],
  },
  {
    names: ["llama-bpe", "llama3", "llama-v3", "falcon3"],
    steps: [split(cl100k("\\p{N}{1,3}")), byteLevel(false)],
    ignoreMerges: true,
    addsBos: true,
  },
  { names: ["smaug-bpe", "dbrx"], steps: [split(cl100k("\\p{N}{1,3}")), byteLevel(false)] },
  { names: ["tekken"], steps: [split(TEKKEN), byteLevel(false)], ignoreMerges: true, addsBos: true },
  { names: ["gpt-2", "phi-2", "olmo", "mpt"], steps: [byteLevel(true)] },
  { names: ["smollm", "starcoder", "command-r", "refact", "exaone"], steps: [SINGLE_DIGITS, byteLevel(true)] },
];

export const PRE_TOKENIZER_NAMES: readonly string[] = PRE_TOKENIZERS.flatMap(({ names }) => names);

export const findPreTokenizer = (name: string): NamedPreTokenizer | undefined =>
  PRE_TOKENIZERS.find(({ names }) => names.includes(name));

/** What a tokenizer.json says of splitting and merging. */
export interface SplitSettings {
  readonly normalizer: object | null | undefined;
  readonly preTokenizer: object | null | undefined;
  readonly ignoreMerges: boolean;
}

/**
 * llama.cpp's name for the way in which a byte-level tokenizer.json splits text; undefined for one that it has no name for here. It
 * knows no normalizer, so one of NFC is let pass.
 */
export function preTokenizerName({ normalizer, preTokenizer, ignoreMerges }: SplitSettings): string | undefined {
  if (normalizer && (normalizer as { type?: unknown }).type !== "NFC") return undefined;
  const steps = JSON.stringify(plainSteps(preTokenizer));
  return PRE_TOKENIZERS.find(
    (known) => (known.ignoreMerges ?? false) === ignoreMerges && JSON.stringify(plainSteps(known.steps)) === steps,
  )?.names[0];
}

/** The steps of a pre-tokenizer, each with its fields in one order and without what changes no token. */
function plainSteps(step: unknown): unknown[] {
  if (Array.isArray(step)) return step.flatMap(plainSteps);
  const { pretokenizers, ...fields } = (step ?? {}) as Readonly<Record<string, unknown>>;
  if (pretokenizers !== undefined) return plainSteps(pretokenizers);
  const said = Object.entries(fields).filter(([name]) => name !== "trim_offsets");
  return [Object.fromEntries(said.sort(([a], [b]) => (a < b ? -1 : 1)))];
}

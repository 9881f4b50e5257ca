import { InputError } from "../../errors.js";
import { readDecoderSpec } from "../../model/llm/llm-families.js";
import type { DecoderSpec } from "../../model/llm/decoder-spec.js";
import { openLlm, type LlmFolder } from "../../model/llm/llm-folder.js";
import { ropeTables } from "../../model/llm/rope.js";
import { relativeDifference } from "../../tensor/float-arrays.js";
import { loadEncoder, type Encoder } from "../../tokenizer/encoder.js";

/** Texts that a tokenizer splits in many ways. */
const TEXTS = [
  "",
  " ",
  "What is in the picture?\nAnswer the question using a single word or phrase.",
  "a  b   c\n\n\nd \t e\r\n",
  "It's 12345 red squares, I'LL say 1,000.50!",
  "Où est la façade ? naïve café, Ünïcödé",
  "東京 한국어 русский العربية हिन्दी ไทย",
  "🏳️\u200d🌈 👩🏽\u200d🚀 \u0000\u0085\ufeff",
  "def f(x):\n    return x ** 2  # squared\n",
  "▁▁a ▁ Ġa <0x0A> [PAD3] <unk>",
  "...---...!!!???###   $$$%%%^^^&&&***((()))",
];

/**
 * Opens a written GGUF file of an LLM as an LLM and compares it with the one that it was made of: settings, and the tokens of some texts,
 * merged as llama.cpp merges them. Returns the finding as one line.
 *
 * @throws InputError for an LLM that the file cannot stand for
 */
export async function checkLlmFile(path: string, llm: LlmFolder): Promise<string> {
  const written = await openLlm(path);
  const [is, was] = [readDecoderSpec(written.config, path), readDecoderSpec(llm.config, llm.path)];
  const odd = unlikeSetting(is, was);
  if (odd !== undefined) {
    throw new InputError(`${llm.path}: "${odd}" reads back otherwise from a GGUF file; take --format hf`);
  }
  compareTokens(await loadEncoder(written.files), await loadEncoder(llm.files), llm.path);
  return `the LLM's settings and its tokens of ${TEXTS.length} texts read back the same`;
}

const COMPARED = [
  ...["vocabSize", "hiddenSize", "intermediateSize", "heads", "kvHeads", "headDim", "epsilon", "maxPositions"],
  ...["queryBias", "mlpBias", "activation", "normOffset", "embeddingScale", "logitCap"],
] as readonly (keyof DecoderSpec)[];

/** Positions that rotations are compared at. */
const POSITIONS = 64;

/** Settings are float32 in the file. */
const TOLERANCE = 1e-5;

/** The first setting that differs; undefined when none does. */
function unlikeSetting(is: DecoderSpec, was: DecoderSpec): string | undefined {
  const odd = COMPARED.find((name) => is[name] !== was[name]);
  if (odd !== undefined) return odd;
  if (is.layers.length !== was.layers.length) return "layers";
  if (is.attention.cap !== was.attention.cap) return "attention cap";
  const isTurned = was.layers.every(({ rope }, layer) => {
    const [own, other] = [rope, is.layers[layer]!.rope].map((each) => ropeTables(each, was.headDim, POSITIONS).sin);
    return relativeDifference(other!, own!) <= TOLERANCE * POSITIONS;
  });
  return isTurned ? undefined : "rotary positions";
}

function compareTokens(is: Encoder, was: Encoder, path: string): void {
  for (const text of TEXTS) {
    const [found, expected] = [is.encode(text), was.encode(text)];
    if (found.join() === expected.join()) continue;
    throw new InputError(
      `${path}: llama.cpp would make other tokens than this tokenizer of ${JSON.stringify(text)}: ${found.join(" ")}, expected ${expected.join(" ")}; take --format hf or onnx`,
    );
  }
  if (is.front.join() === was.front.join()) return;
  throw new InputError(
    `${path}: llama.cpp would put tokens ${is.front.join(" ")} in front, expected ${was.front.join(" ")}`,
  );
}

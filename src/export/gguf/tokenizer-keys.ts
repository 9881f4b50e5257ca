import { flag, numbers, text, texts, uint32, type WrittenValue } from "../../checkpoint/gguf/written-keys.js";
import { InputError } from "../../errors.js";
import { preTokenizerName, PRE_TOKENIZER_NAMES } from "../../model/gguf/named-pre-tokenizers.js";
import { TOKEN_TYPES } from "../../model/gguf/token-types.js";
import { buildTokenizer } from "../../tokenizer/tokenizer.js";
import type { TokenizerParts } from "../../vocabulary/read-tokenizer.js";
import type { TokenizerFile } from "../../vocabulary/tokenizer-json.js";

type Keys = readonly (readonly [key: string, value: WrittenValue])[];

export interface TokenizerKeysOptions {
  /** Rows of the embedding table; ids without a token are padding. */
  readonly rows: number;
  /** Tokens that end an answer, the main one first. */
  readonly eosTokens: readonly number[];
}

/**
 * The keys that stand for an LLM's tokenizer. Source: llama.cpp, src/llama-vocab.cpp and conversion/base.py.
 *
 * @throws InputError for a tokenizer that llama.cpp would split text with otherwise, or whose ids go beyond the table
 */
export function tokenizerKeys(parts: TokenizerParts, { rows, eosTokens }: TokenizerKeysOptions): Keys {
  const { vocabulary } = parts;
  const { folder } = vocabulary;
  if (vocabulary.size > rows) {
    throw new InputError(
      `${folder}: the tokenizer has ${vocabulary.size} ids, the embedding table ${rows} rows; they are of different models`,
    );
  }
  const kind = MODEL_KEYS[vocabulary.kind]?.(parts);
  if (kind === undefined) {
    throw new InputError(
      `${folder}: its tokenizer is ${vocabulary.kind}; byte-level BPE and SentencePiece BPE can be written for llama.cpp`,
    );
  }
  const spelled = spellings(parts, rows);
  const role = (key: string, id: number | undefined): Keys => (id === undefined ? [] : [[key, uint32(id)]]);
  const { idOfRole } = vocabulary;
  const bos = idOfRole.get("bos");
  const { front } = buildTokenizer(parts.json, parts.file, parts.added);
  const [eos = idOfRole.get("eos"), other] = eosTokens;
  return [
    ["tokenizer.ggml.model", text(kind.model)],
    ["tokenizer.ggml.pre", text(kind.pre)],
    ["tokenizer.ggml.tokens", texts(spelled)],
    ["tokenizer.ggml.token_type", numbers("int32", tokenTypes(parts, rows))],
    ...kind.keys(spelled),
    ...role("tokenizer.ggml.bos_token_id", bos),
    ...role("tokenizer.ggml.eos_token_id", eos),
    ...role("tokenizer.ggml.eot_token_id", other),
    ...role("tokenizer.ggml.unknown_token_id", idOfRole.get("unk")),
    ...role("tokenizer.ggml.padding_token_id", idOfRole.get("pad")),
    ["tokenizer.ggml.add_bos_token", flag(putsBos(front, bos, folder))],
    ["tokenizer.ggml.add_eos_token", flag(false)],
  ];
}

function putsBos(front: readonly number[], bos: number | undefined, path: string): boolean {
  if (front.length === 0) return false;
  if (front.length === 1 && front[0] === bos) return true;
  throw new InputError(
    `${path}: the tokenizer puts tokens ${front.join(" ")} before every text; llama.cpp puts its BOS alone`,
  );
}

interface ModelKeys {
  readonly model: string;
  readonly pre: string;
  /** What only this kind has, of the spellings by id. */
  readonly keys: (spelled: readonly string[]) => Keys;
}

const MODEL_KEYS: Readonly<Record<string, (parts: TokenizerParts) => ModelKeys>> = {
  "byte-level BPE": byteLevelKeys,
  "SentencePiece BPE": sentencePieceKeys,
};

interface SplitJson {
  readonly normalizer?: object | null;
  readonly pre_tokenizer?: object | null;
}

const spellMerge = (merge: TokenizerFile["merges"][number]): string =>
  typeof merge === "string" ? merge : merge.join(" ");

function byteLevelKeys({ file, json }: TokenizerParts): ModelKeys {
  const { normalizer, pre_tokenizer: preTokenizer } = json as SplitJson;
  const pre = preTokenizerName({ normalizer, preTokenizer, ignoreMerges: file.ignoreMerges });
  if (pre === undefined) {
    throw new InputError(
      `${file.path}: llama.cpp has no name for the way in which it splits text; known here are ${PRE_TOKENIZER_NAMES.join(", ")}`,
    );
  }
  return {
    model: "gpt2",
    pre,
    keys: () => [["tokenizer.ggml.merges", texts(file.merges.map(spellMerge))]],
  };
}

/** Of a token that no merge makes, which then is the last one that llama.cpp would make. */
const NEVER_MERGED = -1e6;

function sentencePieceKeys({ file, json }: TokenizerParts): ModelKeys {
  const ranks = new Map<string, number>();
  file.merges.forEach((merge, rank) => {
    const whole = typeof merge === "string" ? merge.replace(" ", "") : merge.join("");
    if (!ranks.has(whole)) ranks.set(whole, rank);
  });
  const score = (token: string): number => {
    const rank = ranks.get(token);
    return rank === undefined ? NEVER_MERGED : -rank;
  };
  return {
    model: "llama",
    pre: "default",
    keys: (spelled) => [
      ["tokenizer.ggml.scores", numbers("float32", spelled.map(score))],
      ["tokenizer.ggml.add_space_prefix", flag(prefixesSpace(json as SplitJson, file.path))],
    ],
  };
}

/** Whether U+2581 is put before a text, by the normalizer or by Metaspace. */
function prefixesSpace({ normalizer, pre_tokenizer }: SplitJson, path: string): boolean {
  const steps = [normalizer, pre_tokenizer].flatMap(openUp);
  const odd = steps.find(({ type, pattern }) => {
    const isSpace = (pattern as { String?: unknown } | undefined)?.String === " ";
    return !(type === "Prepend" || type === "Metaspace" || ((type === "Replace" || type === "Split") && isSpace));
  });
  if (odd !== undefined) {
    throw new InputError(
      `${path}: llama.cpp has no "${String(odd["type"])}" for a SentencePiece tokenizer, as this one has`,
    );
  }
  return steps.some(({ type, prepend_scheme: scheme = "always" }) =>
    type === "Metaspace" ? scheme !== "never" : type === "Prepend",
  );
}

type Step = Readonly<Record<string, unknown>>;

function openUp(step: object | null | undefined): readonly Step[] {
  if (!step) return [];
  const { normalizers, pretokenizers } = step as { normalizers?: object[]; pretokenizers?: object[] };
  const inner = normalizers ?? pretokenizers;
  return inner === undefined ? [step as Step] : inner.flatMap(openUp);
}

/** (rows): the spelling of each id, padding for one that is no token. */
function spellings({ vocabulary: { strings } }: TokenizerParts, rows: number): string[] {
  return Array.from({ length: rows }, (_, id) => strings[id] ?? `[PAD${id}]`);
}

const BYTE = /^<0x[0-9A-F]{2}>$/;

/** (rows): what each id is for, of TOKEN_TYPES. */
function tokenTypes({ vocabulary, file, added }: TokenizerParts, rows: number): number[] {
  return Array.from({ length: rows }, (_, id) => {
    const spelling = vocabulary.strings[id];
    if (spelling === undefined) return TOKEN_TYPES.unused;
    if (file.byteFallback && spelling === file.unkToken) return TOKEN_TYPES.unknown;
    const token = added.tokens.get(id);
    if (token !== undefined) return added.special.has(spelling) ? TOKEN_TYPES.control : TOKEN_TYPES.userDefined;
    return file.byteFallback && BYTE.test(spelling) ? TOKEN_TYPES.byte : TOKEN_TYPES.normal;
  });
}

/** What the keys cannot say of a tokenizer, one line each. */
export function tokenizerRemarks({ json, added }: TokenizerParts): string[] {
  const { normalizer } = json as SplitJson;
  const flagged = [...added.tokens.values()].filter(
    ({ lstrip, rstrip, single_word: single }) => lstrip || rstrip || single,
  );
  return [
    ...((normalizer as { type?: unknown } | null)?.type === "NFC"
      ? [
          "tokens: the tokenizer puts characters together (NFC), llama.cpp does not; texts in NFC, as nearly all are, get the same",
        ]
      : []),
    ...(flagged.length === 0
      ? []
      : [
          `tokens: ${flagged.length} added tokens take white space beside them or stand alone, which a GGUF file cannot say`,
        ]),
  ];
}

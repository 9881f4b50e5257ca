import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { byteLevelOfBytes } from "../../src/vocabulary/byte-level.js";

/** Writes files by name into `folder`, objects as JSON, and returns the folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

interface Options {
  /** Tokens after the base ones, in the order of their ids. */
  readonly tokens?: readonly string[];
  readonly merges?: readonly (string | readonly [string, string])[];
  readonly added?: readonly { readonly content: string; readonly special?: boolean; readonly id?: number }[];
  readonly model?: Readonly<Record<string, unknown>>;
}

const numbered = (tokens: readonly string[]): Record<string, number> =>
  Object.fromEntries(tokens.map((token, id) => [token, id]));

const addedTokens = (first: number, added: Options["added"] = []): object[] =>
  added.map(({ content, special = true, id }, index) => ({ id: id ?? first + index, content, special }));

/** Byte-level BPE as GPT-2 has it: ids 0 to 255 are the bytes, then `tokens`, then `added`. */
export function byteLevelTokenizer({ tokens = [], merges = [], added = [], model = {} }: Options = {}): object {
  const all = [...Array.from({ length: 256 }, (_, byte) => byteLevelOfBytes(String.fromCharCode(byte))), ...tokens];
  return {
    added_tokens: addedTokens(all.length, added),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", vocab: numbered(all), merges, ...model },
  };
}

/** BPE with byte fallback as Llama-2 has it: `<unk>`, `<s>`, `</s>`, 256 byte tokens from id 3, then `tokens` from 259. */
export function sentencePieceTokenizer({ tokens = [], merges = [], added = [], model = {} }: Options = {}): object {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
  const all = ["<unk>", "<s>", "</s>", ...bytes, ...tokens];
  const control = ["<unk>", "<s>", "</s>"].map((content, id) => ({ id, content, special: true }));
  return {
    added_tokens: [...control, ...addedTokens(all.length, added)],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: { type: "BPE", unk_token: "<unk>", byte_fallback: true, vocab: numbered(all), merges, ...model },
  };
}

/** Unigram as T5 has it: `<pad>`, `</s>`, `<unk>`, then [token, log probability]. */
export function unigramTokenizer(scored: readonly (readonly [string, number])[], model: object = {}): object {
  const control = ["<pad>", "</s>", "<unk>"];
  return {
    added_tokens: control.map((content, id) => ({ id, content, special: true })),
    pre_tokenizer: { type: "Metaspace", replacement: "▁", add_prefix_space: true },
    decoder: { type: "Metaspace", replacement: "▁", add_prefix_space: true },
    model: { type: "Unigram", unk_id: 2, vocab: [...control.map((token) => [token, 0]), ...scored], ...model },
  };
}

/** WordPiece as BERT has it, without `model.type`, as old files are. */
export function wordPieceTokenizer(tokens: readonly string[]): object {
  return {
    added_tokens: [{ id: 0, content: "[UNK]", special: true }],
    normalizer: { type: "BertNormalizer", lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: { unk_token: "[UNK]", continuing_subword_prefix: "##", vocab: numbered(["[UNK]", ...tokens]) },
  };
}

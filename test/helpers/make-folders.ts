import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FloatDtype } from "../../src/tensor/dtype.js";
import { encodeFloats } from "../../src/tensor/half.js";
import { byteLevelTokenizer as byteLevelFile, sentencePieceTokenizer as sentencePieceFile } from "./tokenizer-files.js";

/** Tensors of a test checkpoint: values row-major in `shape`. */
export interface TestTensor {
  readonly dtype?: FloatDtype;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Small pseudo-random values, the same for the same seed (mulberry32). */
export function randomTensor(shape: readonly number[], seed: number, dtype: FloatDtype = "F32"): TestTensor {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const count = shape.reduce((product, size) => product * size, 1);
  return { dtype, shape, values: Float32Array.from({ length: count }, () => Math.fround(next() - 0.5)) };
}

/** A safetensors file by the letter of the format, written without the library under test. */
export function safetensorsBytes(tensors: Readonly<Record<string, TestTensor>>): Buffer {
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype = "F32", shape, values }] of Object.entries(tensors)) {
    const bytes = encodeFloats(values, dtype);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    parts.push(bytes);
    offset += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...parts]);
}

/** A byte-level tokenizer.json (Qwen2's and Llama-3's kind): bytes, `words` ("Ġcat") and what they grow from, `specials`. */
export function byteLevelTokenizer(words: readonly string[], specials: readonly string[]): object {
  return byteLevelFile({ ...grow(words, new Set()), added: specials.map((content) => ({ content, special: true })) });
}

/** A SentencePiece-style tokenizer.json (Llama-2's kind) of `words` ("▁cat"), their characters and what they grow from. */
export function sentencePieceTokenizer(words: readonly string[]): object {
  const characters = new Set(words.join(""));
  const { tokens, merges } = grow(words, characters);
  return sentencePieceFile({ tokens: [...characters, ...tokens], merges });
}

/** Grows each word character by character: the tokens that are new on the way, and the merges that make them. */
function grow(words: readonly string[], known: ReadonlySet<string>): { tokens: string[]; merges: string[] } {
  const seen = new Set(known);
  const [tokens, merges]: [string[], string[]] = [[], []];
  for (const word of words) {
    for (let end = 2; end <= word.length; end++) {
      const [left, right] = [word.slice(0, end - 1), word[end - 1]!];
      if (seen.has(left + right)) continue;
      seen.add(left + right);
      tokens.push(left + right);
      merges.push(`${left} ${right}`);
    }
  }
  return { tokens, merges };
}

/** Number of ids of a tokenizer made here, added tokens included. */
export function tokenizerSize(tokenizer: object): number {
  const { model, added_tokens } = tokenizer as { model: { vocab: object }; added_tokens: { id: number }[] };
  return Math.max(Object.keys(model.vocab).length, ...added_tokens.map(({ id }) => id + 1));
}

export interface LlmOptions {
  readonly tokenizer: object;
  readonly hiddenSize: number;
  readonly dtype?: FloatDtype;
  readonly seed?: number;
  readonly config?: object;
}

/** Writes an LLM folder that holds only what a transfer reads; returns its embedding table (vocabSize, hiddenSize). */
export function makeLlm(
  folder: string,
  { tokenizer, hiddenSize, dtype = "BF16", seed = 1, config }: LlmOptions,
): TestTensor {
  mkdirSync(folder, { recursive: true });
  const table = randomTensor([tokenizerSize(tokenizer), hiddenSize], seed, dtype);
  const writeJson = (name: string, value: object): void => writeFileSync(join(folder, name), JSON.stringify(value));
  writeJson("config.json", {
    model_type: "qwen2",
    vocab_size: table.shape[0],
    hidden_size: hiddenSize,
    tie_word_embeddings: true,
    ...config,
  });
  writeJson("tokenizer.json", tokenizer);
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes({ "model.embed_tokens.weight": table }));
  return table;
}

export interface AdapterOptions {
  /** Row labels, in order. */
  readonly tokens: Readonly<Record<string, number>>;
  readonly matrix?: TestTensor;
  readonly visionHiddenSize?: number;
  readonly mlpHiddenSize?: number;
  readonly dtype?: FloatDtype;
  readonly config?: object;
}

/** Tensors of a random projector over `rows` tokens, in PyTorch layout. */
export function projectorTensors(
  rows: number,
  {
    visionHiddenSize = 6,
    mlpHiddenSize = 10,
    dtype = "F32",
  }: Pick<AdapterOptions, "visionHiddenSize" | "mlpHiddenSize" | "dtype"> = {},
): Record<string, TestTensor> {
  return {
    "model.mm_projector.0.weight": randomTensor([mlpHiddenSize, visionHiddenSize], 11, dtype),
    "model.mm_projector.0.bias": randomTensor([mlpHiddenSize], 12, dtype),
    "model.mm_projector.2.weight": randomTensor([mlpHiddenSize, mlpHiddenSize], 13, dtype),
    "model.mm_projector.2.bias": randomTensor([mlpHiddenSize], 14, dtype),
    "model.mm_projector.3.weight": randomTensor([rows, mlpHiddenSize], 15, dtype),
    "model.mm_projector.3.bias": randomTensor([rows], 16, dtype),
  };
}

/** Writes an adapter folder with a random projector, its labels in mm_vocab.json and M when given. */
export function makeAdapter(folder: string, options: AdapterOptions): Record<string, TestTensor> {
  mkdirSync(folder, { recursive: true });
  const { tokens, matrix, visionHiddenSize = 6, mlpHiddenSize = 10, dtype = "F32" } = options;
  const rows = Object.keys(tokens).length;
  const tensors = {
    ...projectorTensors(rows, { visionHiddenSize, mlpHiddenSize, dtype }),
    ...(matrix && { mm_vocab_matrix: matrix }),
  };
  const config = {
    mm_projector_type: "mm_vocab",
    mm_hidden_size: visionHiddenSize,
    mlp_hidden_size: mlpHiddenSize,
    mm_vocab_size: rows,
    ...options.config,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "mm_vocab.json"), JSON.stringify(tokens));
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(tensors));
  return tensors;
}

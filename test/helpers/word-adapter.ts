import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { safetensorsBytes, type TestTensor } from "./make-folders.js";

/** Units of the hidden layer. */
const HIDDEN = 10;

export interface WordAdapterOptions {
  /** Token ids of the rows by token, in row order. */
  readonly tokens: Readonly<Record<string, number>>;
  /** The LLM's row of each of them. */
  readonly rowOf: (token: string) => Float32Array;
  /** The token that every patch is. */
  readonly word: string;
  /** Width of the tower's features. */
  readonly features: number;
  /** How long the vector of a patch is, counted in rows. */
  readonly length?: number | undefined;
  readonly config?: object | undefined;
}

/** Writes an official adapter that makes one word of every patch, whatever is seen. */
export function writeWordAdapter(folder: string, options: WordAdapterOptions): string {
  const { tokens, rowOf, word, features, length = 1, config = {} } = options;
  mkdirSync(folder, { recursive: true });
  const zeros = (...shape: number[]): TestTensor => {
    return { shape, values: new Float32Array(shape.reduce((product, size) => product * size, 1)) };
  };
  const rows = Object.keys(tokens);
  const matrix = Float32Array.from(rows.flatMap((token) => [...rowOf(token)]));
  const tensors = {
    "model.mm_projector.0.weight": zeros(HIDDEN, features),
    "model.mm_projector.0.bias": zeros(HIDDEN),
    "model.mm_projector.2.weight": zeros(HIDDEN, HIDDEN),
    "model.mm_projector.2.bias": zeros(HIDDEN),
    "model.mm_projector.3.weight": zeros(rows.length, HIDDEN),
    "model.mm_projector.3.bias": {
      shape: [rows.length],
      values: Float32Array.from(rows, (token) => (token === word ? length : 0)),
    },
    mm_vocab_matrix: { shape: [rows.length, matrix.length / rows.length], values: matrix },
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ mm_projector_type: "mm_vocab", ...config }));
  writeFileSync(join(folder, "mm_vocab.json"), JSON.stringify(tokens));
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(tensors));
  return folder;
}

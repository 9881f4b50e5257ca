import type { Value } from "../onnx/graph.js";
import type { GraphBuilder } from "../onnx/graph-builder.js";
import { add, gemm, matMul, mul, softmax } from "../onnx/operators.js";
import { scalar } from "../onnx/vector-operators.js";
import { addDictionary, unitRows, type DecodingTables } from "./dictionary.js";
import { pursue, type DecodedTokens } from "./pursuit.js";

/** Each vector becomes a few source tokens, and those the same mixture of target rows; `pursue` has the algorithm. */
export interface SparseSettings {
  /** Tokens of a vector, at most. */
  readonly k: number;
  /** How many of the first rows of the tables are used: a vocabulary is ranked by frequency. All when left out. */
  readonly words?: number | undefined;
}

/** Each vector becomes the mixture of target rows that a softmax over its cosines with the source rows gives. */
export interface SoftSettings {
  readonly temperature: number;
  readonly words?: number | undefined;
}

/** How vectors in the source LLM's space become vectors in the target's; names are those of the adapter's config.json. */
export type DecodingSpec =
  | { readonly method: "sparse"; readonly settings: SparseSettings }
  | { readonly method: "soft"; readonly settings: SoftSettings };

/** What vectors were decoded into. */
export interface Decoded extends Partial<DecodedTokens> {
  /** float32 (patches, target hidden size). */
  readonly embeddings: Value;
}

/** Adds to a graph what takes `vectors` float32 (patches, source hidden size) to the target LLM. */
export function decodeVectors(g: GraphBuilder, vectors: Value, spec: DecodingSpec, tables: DecodingTables): Decoded {
  if (spec.method === "soft") return { embeddings: soften(g, vectors, spec.settings, tables) };
  const { k, words } = spec.settings;
  return pursue(g, vectors, addDictionary(g, tables, words), k);
}

/** softmax(cos(v, D) / temperature) T, D the source's and T the target's rows. */
function soften(g: GraphBuilder, vectors: Value, { temperature, words }: SoftSettings, tables: DecodingTables): Value {
  const { source, target, scale, penalty } = addDictionary(g, tables, words);
  const cosines = mul(g, gemm(g, unitRows(g, vectors), source), scale); // (patches, words)
  return matMul(g, softmax(g, add(g, mul(g, cosines, scalar(g, 1 / temperature)), penalty)), target);
}

import type { Value } from "../../onnx/graph.js";
import type { GraphBuilder } from "../../onnx/graph-builder.js";
import { add, gemm, matMul, mul, softmax } from "../../onnx/operators.js";
import { log, scalar } from "../../onnx/vector-operators.js";
import { addDictionary, unitRows, type DecodingTables } from "./dictionary.js";
import { pursue, type DecodedTokens, type PursuitSettings } from "./pursuit-graph.js";

/** Each vector becomes a few source tokens, and those the same mixture of target rows; `pursue` has the algorithm. */
export interface SparseSettings extends PursuitSettings {
  /** How many of the first rows count in full: a vocabulary is ranked by frequency (`rankWeight`). All when left out. */
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

type DecodingMethod = Pick<DecodingSpec, "method">;

/** Whether a decoding takes each vector for a few tokens, which it then names. */
export const revealsTokens = <D extends DecodingMethod>(decoding: D): decoding is Extract<D, { method: "sparse" }> =>
  decoding.method === "sparse";

/** Whether a decoding gives every row a share in each vector. */
export const revealsShares = <D extends DecodingMethod>(decoding: D): decoding is Extract<D, { method: "soft" }> =>
  decoding.method === "soft";

/** What vectors were decoded into. */
export interface Decoded extends Partial<DecodedTokens> {
  /** float32 (patches, target hidden size). */
  readonly embeddings: Value;
  /** float32 (patches, rows that can be chosen): of a soft decoding what each row weighs, 1 in a patch together. */
  readonly shares?: Value;
}

/** The names of what only a sparse decoding gives. */
export const DECODED_TOKENS = ["tokens", "weights", "residuals"] as const satisfies readonly (keyof DecodedTokens)[];

/** Adds to a graph what takes `vectors` float32 (patches, source hidden size) to the target LLM. */
export function decodeVectors(g: GraphBuilder, vectors: Value, spec: DecodingSpec, tables: DecodingTables): Decoded {
  if (revealsShares(spec)) return soften(g, vectors, spec.settings, tables);
  return pursue(g, vectors, addDictionary(g, tables, spec.settings.words), spec.settings);
}

/** softmax(cos(v, D) / temperature + log(weight)) T, D the source's and T the target's rows: the rank is a prior. */
function soften(
  g: GraphBuilder,
  vectors: Value,
  { temperature, words }: SoftSettings,
  tables: DecodingTables,
): Decoded {
  const { source, target, scale, weight, penalty } = addDictionary(g, tables, words);
  const prior = add(g, log(g, weight), penalty); // (1, words)
  const cosines = mul(g, gemm(g, unitRows(g, vectors), source), scale); // (patches, words)
  const shares = softmax(g, add(g, mul(g, cosines, scalar(g, 1 / temperature)), prior));
  return { embeddings: matMul(g, shares, target), shares };
}

import type { SparseSettings } from "../model/projector/decoding-graph.js";
import type { DecodingTables } from "../model/projector/dictionary.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";

/** The ways to name the tokens of a patch, by name of `--by`. */
export const LENSES = {
  weights: "the adapter's own coefficients, signed; of an adapter that decodes softly, its shares",
  sparse: "the few tokens whose non-negative mixture comes nearest to the patch",
  contextual: "the words that its scores are highest for, of an adapter that --align contextual made",
  cosine: "the tokens whose embeddings point where the patch does",
} as const;

export type LensName = keyof typeof LENSES;

/** What is computed, and over which table; `top` is how many tokens of a patch are wanted. */
export type Lens =
  | { readonly by: "weights"; readonly top: number }
  | { readonly by: "sparse"; readonly top: number; readonly pursuit: Pursuit }
  | { readonly by: "contextual"; readonly top: number }
  /** `table` is (rows, width of the adapter's vectors). */
  | { readonly by: "cosine"; readonly top: number; readonly table: CheckpointTensor };

/** The adapter's own decoding, which its graph runs in any case, or another one over `tables`. */
export type Pursuit =
  | { readonly own: true; readonly settings: SparseSettings }
  | { readonly own: false; readonly settings: SparseSettings; readonly tables: DecodingTables };

import type { DecoderSpec } from "./decoder-spec.js";
import { findEmbeddingTable } from "./embedding-table.js";
import type { Weights } from "../weights.js";

/** Where a decoder's tensors lie in a folder. */
export interface DecoderNames {
  /** What stands before `layers.0...`, such as `model.`. */
  readonly prefix: string;
  /** The matrix of the output head, (vocabSize, hiddenSize). */
  readonly head: string;
}

/** Works out the names from where the input embeddings lie; a tied folder has no head of its own. */
export function decoderNames({
  weights,
  config,
}: {
  readonly weights: Weights;
  readonly config: unknown;
}): DecoderNames {
  const table = findEmbeddingTable(weights.tensors.values(), config, weights.where);
  const prefix = table.tensor.name.replace(/embed_tokens\.weight$/, "");
  if (table.tied) return { prefix, head: table.tensor.name };
  const inner = prefix.replace(/model\.$/, "lm_head.weight");
  return { prefix, head: weights.tensors.has(inner) ? inner : "lm_head.weight" };
}

/** The names of every linear layer and of the head: what block quantisation rounds. */
export function decoderLinearNames(spec: DecoderSpec, { prefix, head }: DecoderNames): string[] {
  const inLayer = ["q", "k", "v", "o"].map((name) => `self_attn.${name}_proj.weight`);
  inLayer.push(...["gate", "up", "down"].map((name) => `mlp.${name}_proj.weight`));
  return [...spec.windows.keys()]
    .flatMap((layer) => inLayer.map((name) => `${prefix}layers.${layer}.${name}`))
    .concat(head);
}

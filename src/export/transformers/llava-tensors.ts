import { buildClipGraph, towerPrefix, type ClipSpec } from "../../model/vision/clip.js";
import { buildDecoderGraph } from "../../model/llm/decoder-graph.js";
import { decoderNames } from "../../model/llm/decoder-names.js";
import { readDecoderSpec } from "../../model/llm/llm-families.js";
import { requireTensor, type Weights } from "../../model/weights.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";

/** A tensor and what it is called in the new checkpoint. */
export interface RenamedTensor {
  readonly name: string;
  readonly tensor: CheckpointTensor;
}

/**
 * Names as llava-hf's published checkpoints have them, which every release of transformers with LLaVA loads. From 4.52 on they are
 * renamed while they are read. Source: transformers, conversion_mapping.py ("llava") and modeling_llava.py before 4.52.
 */
export const LLAVA_NAMES = {
  decoder: "language_model.model.",
  embeddings: "language_model.model.embed_tokens.weight",
  head: "language_model.lm_head.weight",
  tower: "vision_tower.vision_model.",
  projector: "multi_modal_projector.",
} as const;

/** What a decoder and a tower keep beside their weights, such as `rotary_emb.inv_freq` and `position_ids`, is worked out anew. */
const IN_DECODER = /^(?:embed_tokens\.weight|norm\.weight|layers\.\d+\.(?!.*\brotary_emb\.).+)$/;
const IN_TOWER =
  /^(?:embeddings\.(?:class_embedding|(?:patch|position)_embedding\.weight)|(?:pre_layrnorm|post_layernorm|encoder\.layers\.\d+)\..+)$/;

/**
 * The tensors of an LLM under their new names, layer by layer; a tied LLM has no head of its own.
 * Throws InputError when one is missing, of another shape, or used by no layer.
 */
export function languageTensors(weights: Weights, config: unknown): RenamedTensor[] {
  const spec = readDecoderSpec(config, weights.where);
  // Building the graph checks every tensor; a rotary table of one position is none to speak of.
  buildDecoderGraph({ spec, weights, config, target: { compute: "float32" }, positions: 1 });
  const { prefix, head } = decoderNames({ weights, config });
  const tensors = renamed(weights, { from: prefix, to: LLAVA_NAMES.decoder, wanted: IN_DECODER });
  const tied = head === `${prefix}embed_tokens.weight`;
  return tied ? tensors : [...tensors, { name: LLAVA_NAMES.head, tensor: weights.tensors.get(head)! }];
}

/** The tensors of a CLIP tower under their new names, those after the selected layer too: transformers makes up what is missing. */
export function towerTensors(weights: Weights, spec: ClipSpec): RenamedTensor[] {
  buildClipGraph({ spec, weights, target: { compute: "float32" }, selectLayer: -1, selectFeature: "cls_patch" });
  const prefix = towerPrefix(weights);
  for (const part of ["weight", "bias"]) {
    requireTensor(weights, `${prefix}post_layernorm.${part}`, [spec.hiddenSize]);
  }
  return renamed(weights, { from: prefix, to: LLAVA_NAMES.tower, wanted: IN_TOWER });
}

interface Renaming {
  readonly from: string;
  readonly to: string;
  /** Of the names behind `from`. */
  readonly wanted: RegExp;
}

const inOrder = new Intl.Collator("en", { numeric: true });

function renamed({ tensors }: Weights, { from, to, wanted }: Renaming): RenamedTensor[] {
  return [...tensors.values()]
    .filter(({ name }) => name.startsWith(from) && wanted.test(name.slice(from.length)))
    .map((tensor) => ({ name: to + tensor.name.slice(from.length), tensor }))
    .sort((a, b) => inOrder.compare(a.name, b.name));
}

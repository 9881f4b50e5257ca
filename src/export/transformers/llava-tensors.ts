import { towerPrefix, towerTensorNames } from "../../model/vision/tower-graph.js";
import type { VisionSpec } from "../../model/vision/vision-family.js";
import { decoderTensorNames } from "../../model/llm/decoder-graph.js";
import { readDecoder } from "../../model/llm/decoder.js";
import type { LlmFolder } from "../../model/llm/llm-folder.js";
import type { Weights } from "../../checkpoint/weights.js";
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

/**
 * The tensors of an LLM under their new names, layer by layer; a tied LLM has no head of its own.
 *
 * @throws InputError when one is missing, of another shape, or used by no layer
 */
export function languageTensors(llm: LlmFolder): RenamedTensor[] {
  const decoder = readDecoder(llm);
  const { weights, places } = decoder;
  const table = llm.table.tensor;
  const names = [...decoderTensorNames(decoder)].filter((name) => name !== places.head && name !== table.name);
  const layers = renamed(weights, names, { from: places.prefix, to: LLAVA_NAMES.decoder });
  const tensors = [{ name: LLAVA_NAMES.embeddings, tensor: table }, ...layers];
  if (places.head === table.name) return tensors;
  return [...tensors, { name: LLAVA_NAMES.head, tensor: weights.tensors.get(places.head)! }];
}

/**
 * The tensors of a tower under their new names, those after the selected layer too: transformers makes up what is missing.
 *
 * @throws InputError when one is missing, of another shape, or used by no layer
 */
export function towerTensors(weights: Weights, spec: VisionSpec): RenamedTensor[] {
  const names = towerTensorNames(weights, spec);
  return renamed(weights, names, { from: towerPrefix(weights, spec), to: LLAVA_NAMES.tower });
}

const inOrder = new Intl.Collator("en", { numeric: true });

function renamed(
  { tensors }: Weights,
  names: Iterable<string>,
  { from, to }: { readonly from: string; readonly to: string },
): RenamedTensor[] {
  return [...names]
    .map((name) => ({ name: to + name.slice(from.length), tensor: tensors.get(name)! }))
    .sort((a, b) => inOrder.compare(a.name, b.name));
}

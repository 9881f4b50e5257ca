import { refusePacked } from "../quantisation.js";
import type { Weights } from "../../checkpoint/weights.js";
import type { DecoderSpec } from "./decoder-spec.js";
import { decoderPlaces, LINEAR_MODULES, type DecoderPlaces } from "./decoder-tensors.js";
import type { EmbeddingTable } from "./embedding-table.js";
import { readDecoderSpec } from "./llm-families.js";
import type { LlmFolder } from "./llm-folder.js";

/** An LLM that can run: what its graphs are built from. No weight is in memory. */
export interface Decoder {
  readonly spec: DecoderSpec;
  readonly weights: Weights;
  readonly table: EmbeddingTable;
  readonly places: DecoderPlaces;
}

/**
 * Reads an opened LLM as a decoder of its family.
 *
 * @throws InputError for a family, a setting or a naming that cannot be run
 */
export function readDecoder({ checkpoint, config, table, path }: LlmFolder): Decoder {
  refusePacked(checkpoint, config);
  const spec = readDecoderSpec(config, path);
  return { spec, weights: checkpoint, table, places: decoderPlaces(spec.tensors, table, checkpoint) };
}

/** The names of every linear layer and of the head: what block quantisation rounds. */
export function linearNames({ spec: { layers, tensors }, places, weights }: Decoder): string[] {
  // Where a family has two ways to hold a part, its files have one.
  const isHeld = (name: string): boolean => weights.tensors.has(`${places.layers}0.${name}.weight`);
  const modules = LINEAR_MODULES.flatMap((module) => tensors.layer[module] ?? []).filter(isHeld);
  return layers
    .flatMap((_, layer) => modules.map((name) => `${places.layers}${layer}.${name}`))
    .map((name) => `${name}.weight`)
    .concat(places.head);
}

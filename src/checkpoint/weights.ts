import { InputError } from "../errors.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";

/** Tensors by name, and what errors call the folder or file that holds them. */
export interface Weights {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

/**
 * The tensor called `name`.
 *
 * @throws InputError that lists the names most like it
 */
export function requireTensor({ path, tensors }: Weights, name: string): CheckpointTensor {
  const tensor = tensors.get(name);
  if (tensor !== undefined) return tensor;
  const near = nearestNames(name, tensors.keys()).map((other) => JSON.stringify(other));
  const hint = near.length > 0 ? `the nearest names are ${near.join(", ")}` : "it holds no tensors at all";
  throw new InputError(`${path}: has no tensor ${JSON.stringify(name)}; ${hint}`);
}

/**
 * As `requireTensor`, of the shape that a model's config.json asks for.
 *
 * @throws InputError naming both shapes when the tensor has another one
 */
export function requireShape(weights: Weights, name: string, shape: readonly number[]): CheckpointTensor {
  const tensor = requireTensor(weights, name);
  if (tensor.shape.length === shape.length && tensor.shape.every((size, axis) => size === shape[axis])) return tensor;
  throw new InputError(
    `${weights.path}: "${name}" is (${tensor.shape.join(", ")}), config.json asks for (${shape.join(", ")}); the config and the weights are of different models`,
  );
}

/** Names that an error lists. */
const SHOWN = 3;

/** The candidates most like `name`, best first: most dotted parts shared from the end, then in all. */
function nearestNames(name: string, candidates: Iterable<string>): readonly string[] {
  const parts = name.split(".");
  return [...candidates]
    .map((candidate) => ({ candidate, score: score(parts, candidate.split(".")) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN)
    .map(({ candidate }) => candidate);
}

function score(wanted: readonly string[], parts: readonly string[]): number {
  let suffix = 0;
  while (suffix < wanted.length && wanted.at(-1 - suffix) === parts.at(-1 - suffix)) suffix++;
  const shared = wanted.filter((part) => parts.includes(part)).length;
  return shared + suffix / 1000;
}

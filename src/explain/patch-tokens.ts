import type { NumberTensor } from "../runtime/sessions/protocol.js";
import type { Lens } from "./lens.js";

/** A token that a patch is made of. */
export interface PatchToken {
  /** Row of the table. */
  readonly row: number;
  /** A coefficient, a share or a cosine, as the lens says; with a contrast, what the patch has beyond the mean patch. */
  readonly weight: number;
}

/** The tokens of one patch, the heaviest first. */
export interface PatchTokens {
  readonly tokens: readonly PatchToken[];
  /** With a pursuit, the residual of the patch's vector. */
  readonly residual?: number;
  /** With coefficients, the share of their size over all rows that is negative. */
  readonly negative?: number;
}

export interface ReadOptions {
  readonly lens: Lens;
  readonly contrast: boolean;
}

type Outputs = Readonly<Record<string, NumberTensor<Float32Array>>>;

/** The outputs of a lens, one entry for each vector. */
export function readPatches(outputs: Outputs, { lens, contrast }: ReadOptions): PatchTokens[] {
  const [patches, count] = outputs["tokens"]!.shape as [number, number];
  const { tokens, weights, residuals, negatives } = outputs as Record<string, NumberTensor<Float32Array> | undefined>;
  const read = Array.from({ length: patches }, (_, patch): PatchTokens => {
    const places = Array.from({ length: count }, (_, j) => patch * count + j);
    const all = places.map((at) => ({ row: tokens!.data[at]!, weight: weights!.data[at]! }));
    return {
      tokens: all.filter(({ weight }) => weight !== 0),
      ...(residuals && { residual: residuals.data[places.at(-1)!]! }),
      ...(negatives && { negative: negatives.data[patch]! }),
    };
  });
  const contrasted = contrast && lens.by === "sparse" ? contrastShares(read) : read;
  return (contrast ? contrasted.map(aboveMean) : read).map((patch) => ({
    ...patch,
    tokens: heaviestFirst(patch.tokens).slice(0, lens.top),
  }));
}

/**
 * The contrast of a pursuit: the share of each token less its mean share over the patches. The selected tokens stay as they
 * are, since a pursuit of vectors less their mean finds fewer of the right ones.
 */
function contrastShares(patches: readonly PatchTokens[]): PatchTokens[] {
  const sums = new Map<number, number>();
  for (const { row, weight } of patches.flatMap(({ tokens }) => tokens)) sums.set(row, (sums.get(row) ?? 0) + weight);
  return patches.map((patch) => ({
    ...patch,
    tokens: patch.tokens.map(({ row, weight }) => ({ row, weight: weight - sums.get(row)! / patches.length })),
  }));
}

/** With a contrast: what the patch has more of than the mean patch. */
const aboveMean = (patch: PatchTokens): PatchTokens => ({
  ...patch,
  tokens: patch.tokens.filter(({ weight }) => weight > 0),
});

const heaviestFirst = (tokens: readonly PatchToken[]): PatchToken[] =>
  tokens.toSorted((a, b) => b.weight - a.weight || a.row - b.row);

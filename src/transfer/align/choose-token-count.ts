/** How well vectors are explained by tokens, step by step. */
export interface DecodingCurve {
  /** (k + 1) mean squared residual of a vector of length 1 after 0, 1, ... k tokens; of patches and of noise. */
  readonly patches: readonly number[];
  readonly noise: readonly number[];
}

export interface ChosenTokenCount {
  readonly k: number;
  /** (k) how many times as much of the residual each token explains of patches as of noise. */
  readonly lifts: readonly number[];
}

/** After the best token, the others count while they explain at least this share of what it does, both against noise. */
const LEAST_LIFT = 2 / 3;

/**
 * Chooses the sparsity, into how many tokens a patch is decoded, from the source alone. Every token makes the residual of any
 * vector a little smaller, so the bend of that curve says little. What counts is how much more of the residual each token
 * explains for patches than for noise.
 */
export function chooseTokenCount(curve: DecodingCurve): ChosenTokenCount {
  const all = lifts(curve);
  const greatest = Math.max(...all);
  const best = all.indexOf(greatest);
  const tooLittle = all.findIndex((lift, step) => step > best && lift < LEAST_LIFT * greatest);
  const k = tooLittle < 0 ? all.length : tooLittle;
  return { k, lifts: all.slice(0, k) };
}

/** The share of the residual that each step explains for patches, over the share that it explains for noise. */
function lifts({ patches, noise }: DecodingCurve): number[] {
  const explained = (curve: readonly number[], step: number): number =>
    (curve[step - 1]! - curve[step]!) / Math.max(curve[step - 1]!, TINY);
  return patches.slice(1).map((_, i) => explained(patches, i + 1) / Math.max(explained(noise, i + 1), TINY));
}

/** Keeps a residual of nothing from being divided by. */
const TINY = 1e-12;

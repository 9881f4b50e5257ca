/** How well vectors are explained by tokens, step by step. */
export interface DecodingCurve {
  /** How many of the first tokens could be chosen. */
  readonly words: number;
  /** (k + 1) mean square of what is left of a vector of length 1 after 0, 1, ... k tokens; of patches and of noise. */
  readonly patches: readonly number[];
  readonly noise: readonly number[];
}

export interface ChosenDictionary {
  readonly k: number;
  readonly words: number;
  /** (k) how many times better than noise each token explains what was left. */
  readonly lifts: readonly number[];
}

/** Steps that the number of words is judged by; later ones explain little of anything. */
const JUDGED_STEPS = 3;
/** After the best token, the others count while they explain at least this share of what it does, both against noise. */
const LEAST_LIFT = 2 / 3;

/**
 * Chooses how many words patches are decoded into, and into how many tokens each, from the source alone. Of a dictionary that
 * is too large any vector can be made, noise as well as a patch; in one that is too small the right words are missing. So what
 * counts is how much more of a patch than of noise each token explains, relative to what the ones before left over.
 *
 * @param curves of several dictionaries, all as long
 */
export function chooseDictionary(curves: readonly DecodingCurve[]): ChosenDictionary {
  const candidates = curves.map((curve) => ({ words: curve.words, lifts: lifts(curve) }));
  const judged = ({ lifts }: { readonly lifts: readonly number[] }): number =>
    lifts.slice(0, JUDGED_STEPS).reduce((sum, lift) => sum + lift, 0);
  const best = candidates.reduce((a, b) => (judged(b) > judged(a) ? b : a));
  const greatest = Math.max(...best.lifts);
  const tooLittle = best.lifts.findIndex(
    (lift, step) => step > best.lifts.indexOf(greatest) && lift < LEAST_LIFT * greatest,
  );
  const k = tooLittle < 0 ? best.lifts.length : tooLittle;
  return { words: best.words, k, lifts: best.lifts.slice(0, k) };
}

/** Of each step, the share of the rest that it explains of patches over that of noise. */
function lifts({ patches, noise }: DecodingCurve): number[] {
  const explained = (curve: readonly number[], step: number): number =>
    (curve[step - 1]! - curve[step]!) / Math.max(curve[step - 1]!, TINY);
  return patches.slice(1).map((_, i) => explained(patches, i + 1) / Math.max(explained(noise, i + 1), TINY));
}

/** Keeps a curve that has come down to nothing from dividing by it. */
const TINY = 1e-12;

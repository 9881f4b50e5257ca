import { InputError } from "../../errors.js";

/** What may be given for a setting. */
export interface SettingRange<Value = number> {
  readonly accepts: (value: Value) => boolean;
  /** As the error says it: "a whole number from 1 to 32". */
  readonly expected: string;
}

/**
 * Checks a setting that a user gave; one that is left out passes.
 *
 * @throws InputError that names it as the option `--setting` and says what range is expected
 */
export function requireInRange<Value>(setting: string, value: Value | undefined, range: SettingRange<Value>): void {
  if (value === undefined || range.accepts(value)) return;
  throw new InputError(`--${setting}: is ${String(value)}, expected ${range.expected}`);
}

/** More tokens than describe a patch only add wrong ones; the graph is unrolled k times. */
const MAX_K = 32;

/** Tokens that a patch is decoded into: of 2, 3, 4 and 6 the best on the choosing pairs of bench/zero-shot.js. */
export const DEFAULT_K = 4;

export const K_RANGE: SettingRange = {
  accepts: (value) => Number.isSafeInteger(value) && value > 0 && value <= MAX_K,
  expected: `a whole number from 1 to ${MAX_K}`,
};

export const WORDS_RANGE: SettingRange = {
  accepts: (value) => Number.isSafeInteger(value) && value > 0,
  expected: "a whole number of the adapter's first tokens",
};

export interface RankedTable {
  /** The rows stand in the order of how often their tokens occur. */
  readonly isRanked: boolean;
  readonly rows: number;
  readonly hiddenSize: number;
}

/**
 * How many of a table's first rows count in full when nobody chose: as many as the rows are wide. A vocabulary is ranked by frequency;
 * among more rows than the space has dimensions, rare ones fit a vector as well as those it was made of. In a vocabulary without
 * a ranking all count alike, which is undefined.
 */
export function defaultWords({ isRanked, rows, hiddenSize }: RankedTable): number | undefined {
  return isRanked && hiddenSize < rows ? hiddenSize : undefined;
}

/** `{ words }`, or nothing where all rows count alike. */
export const wordsSetting = (words: number | undefined): { readonly words?: number } =>
  words === undefined ? {} : { words };

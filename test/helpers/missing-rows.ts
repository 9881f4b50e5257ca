import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface ExpectedMix {
  readonly tokens: readonly number[];
  readonly weights: readonly number[];
}

export interface ExpectedFill {
  readonly settings: readonly number[];
  /** Error of held-out tokens at each setting. */
  readonly heldOut: readonly number[];
  readonly chosen: number;
  readonly rows: readonly (ExpectedMix & {
    readonly error: number;
    readonly row: readonly number[];
    /** The mix at each setting. */
    readonly paths: readonly ExpectedMix[];
  })[];
}

/** Shared tokens come first in `source`, missing ones after them; `target` has the shared ones. */
export interface MissingRowsGolden {
  readonly source: readonly (readonly number[])[];
  readonly target: readonly (readonly number[])[];
  readonly knn: ExpectedFill;
  readonly omp: ExpectedFill;
}

const PATH = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "missing-rows.json");

/** What numpy makes of missing rows; test/goldens/make/missing_rows.py has the definitions. */
export const missingRowsGolden = JSON.parse(readFileSync(PATH, "utf8")) as MissingRowsGolden;

import { percent } from "../../../layout/numbers.js";
import type { Progress } from "../../../progress.js";
import type { WorkerClient } from "../../../runtime/sessions/client.js";
import type { Means } from "./shared-pairs.js";

/** A map of the source's embedding space into the target's: row -> (row - means.source) matrix + means.target. */
export interface LinearMap {
  /** R, (source columns, target columns). */
  readonly matrix: Float32Array;
  readonly sourceColumns: number;
  readonly targetColumns: number;
  /** Zeros where the tables were not centred. */
  readonly means: Means;
}

/** What a fit runs with. */
export interface FitRun {
  readonly client: WorkerClient;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

export interface FitOptions extends FitRun {
  /** Take each table's mean row off first and put the target's back on. */
  readonly centre: boolean;
}

/** A map, its settings, and how well it fits. */
export interface FittedMap {
  readonly map: LinearMap;
  readonly settings: Readonly<Record<string, number | boolean>>;
  /** One line each. */
  readonly checks: readonly string[];
  /** What is wrong with it though it was made, one line each. */
  readonly warnings: readonly string[];
}

/** From this share of the squared norm on, what a map misses is all that there is. */
const MISSES_ALL = 0.995;

/** How well a map fits, as a check, or as a warning where it fits nothing. */
export function judgeFit(fitted: string, missed: number, of: string): Pick<FittedMap, "checks" | "warnings"> {
  const line = `${fitted}; ${percent(missed)} of the squared norm of ${of} is missed`;
  if (missed < MISSES_ALL) return { checks: [line], warnings: [] };
  return {
    checks: [],
    warnings: [
      `${line}: the map says nothing about the target's rows, so what it makes of a patch is noise; use --align sparse`,
    ],
  };
}

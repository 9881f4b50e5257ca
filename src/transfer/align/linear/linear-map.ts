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
}

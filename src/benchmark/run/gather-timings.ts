import { AnswerPlaces } from "./answer-places.js";
import type { Dataset } from "../tasks/benchmark.js";
import { timingsOf } from "./run-store.js";
import { readTimings, type Timing } from "./timings.js";

/**
 * What the answers to `rows` took, each once, however many work files hold it. The n-th timing of a shard is that of the n-th
 * answer it gave. A process killed between the two leaves one timing short; whose the others are is not known then, and all of
 * that shard count if any of its answers does.
 */
export async function gatherTimings(
  dataset: Dataset<unknown>,
  workFiles: readonly string[],
  rows: readonly number[],
): Promise<Timing[]> {
  const wanted = new Set(rows);
  const gathered: Timing[][] = [];
  for (const path of workFiles) {
    const timings = await readTimings(timingsOf(path));
    const counts = (await rowsGiven(path, dataset)).map((row) => wanted.delete(row));
    const whole = counts.includes(true) ? timings : [];
    gathered.push(counts.length === timings.length ? timings.filter((_, n) => counts[n]) : whole);
  }
  return gathered.flat();
}

/** Rows that a shard answered, in that order; a question passed over for want of its image took no time. */
async function rowsGiven(path: string, dataset: Dataset<unknown>): Promise<number[]> {
  const rows: number[] = [];
  await new AnswerPlaces(dataset).read(path, ({ row, missingImage }) => {
    if (!missingImage) rows.push(row);
  });
  return rows;
}

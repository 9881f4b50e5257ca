import { AnswerPlaces } from "./answer-places.js";
import type { Dataset } from "../tasks/benchmark.js";
import { timingsOf } from "./run-store.js";
import { readTimings, type Timing } from "./timings.js";

/**
 * The timings of the answers to `rows`, each answer once, however many work files hold it. The n-th timing of a shard belongs
 * to the n-th answer that it gave. When a process was killed between the two, one timing is missing and nobody knows whose.
 * Then all timings of that shard count if any of its answers does.
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

/** The rows that a shard answered, in that order. A question that was passed over because its image is missing took no time. */
async function rowsGiven(path: string, dataset: Dataset<unknown>): Promise<number[]> {
  const rows: number[] = [];
  await new AnswerPlaces(dataset).read(path, ({ row, missingImage }) => {
    if (!missingImage) rows.push(row);
  });
  return rows;
}

import { afterAll, describe, expect, test } from "@jest/globals";
import { WorkerClient } from "../../../src/runtime/sessions/client.js";
import { NeighbourSearch } from "../../../src/transfer/missing/neighbours.js";
import { cosine } from "../../../src/transfer/report/correlation.js";
import { randomTensor } from "../../helpers/make-folders.js";
import { memoryTensor } from "../../helpers/memory-matrix.js";

const [ROWS, COLUMNS, QUERIES] = [301, 24, 17];
const { values } = randomTensor([ROWS, COLUMNS], 5);
const table = memoryTensor(values, [ROWS, COLUMNS]);
const queries = randomTensor([QUERIES, COLUMNS], 6).values;
const client = new WorkerClient();
afterAll(() => client.terminate());

const row = (of: Float32Array, i: number): Float32Array => of.subarray(i * COLUMNS, (i + 1) * COLUMNS);

/** The definition: all cosines, sorted. */
function nearest(query: number, rows: readonly number[], score: (cosine: number) => number): number[] {
  const scores = rows.map((id) => score(cosine(row(queries, query), row(values, id))));
  return rows.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
}

describe("NeighbourSearch", () => {
  const odd = Array.from({ length: 150 }, (_, i) => 2 * i + 1);

  test.each([
    ["in one chunk", false, undefined],
    ["over many chunks, the last one short", false, 7 * 4 * COLUMNS],
    ["by |cosine|", true, 40 * 4 * COLUMNS],
  ] as const)("finds the nearest of the given rows %s", async (_, eitherSign, chunkBytes) => {
    const search = await NeighbourSearch.open({ client, table, rows: odd, count: 9, eitherSign, chunkBytes });
    const found = await search.find(queries);
    await search.close();
    expect(found).toEqual(
      Array.from({ length: QUERIES }, (_, query) => nearest(query, odd, eitherSign ? Math.abs : (x) => x).slice(0, 9)),
    );
  });

  test("gives all rows where there are fewer than were asked for", async () => {
    const search = await NeighbourSearch.open({ client, table, rows: [4, 2], count: 9, eitherSign: false });
    const found = await search.find(row(queries, 0));
    await search.close();
    expect(found).toEqual([nearest(0, [4, 2], (x) => x)]);
  });
});

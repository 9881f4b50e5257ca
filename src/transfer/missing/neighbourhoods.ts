import { readRows, type FloatMatrix } from "../../files/read-rows.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import type { Anchors } from "./anchors.js";
import { GramMaker, type MeasuredSet } from "./gram.js";
import type { Mixture } from "./mixtures.js";
import { NeighbourSearch } from "./neighbours.js";

/** A row of the source with the anchors near it, and their inner products. */
export interface Neighbourhood extends MeasuredSet {
  /** Numbers of the anchors, nearest first: neighbour i of the Gram matrix is `anchors[i - 1]`. */
  readonly anchors: readonly number[];
}

export interface NeighbourhoodOptions {
  readonly client: WorkerClient;
  readonly mixture: Mixture;
  readonly anchors: Anchors;
  readonly signal?: AbortSignal | undefined;
}

/** Anchors that a row must not be made of, such as itself. */
export type Excluded = (row: number, anchor: number) => boolean;

/** Looks up the anchors around rows of the source's tables. */
export class NeighbourhoodFinder {
  private constructor(
    private readonly options: NeighbourhoodOptions,
    private readonly search: NeighbourSearch,
    private readonly grams: GramMaker,
  ) {}

  static async open(options: NeighbourhoodOptions): Promise<NeighbourhoodFinder> {
    const { client, mixture, anchors, signal } = options;
    const search = await NeighbourSearch.open({
      client,
      table: anchors.tensor,
      rows: anchors.rows,
      count: mixture.neighbours + 1, // One more than asked for, because a row that is an anchor finds itself.
      eitherSign: mixture.eitherSign,
      signal,
    });
    return new NeighbourhoodFinder(options, search, await GramMaker.open(client, anchors.tensor, signal));
  }

  /** The neighbourhoods of `rows` of `table`, in that order. */
  async *around(
    table: FloatMatrix,
    rows: readonly number[],
    isExcluded: Excluded = () => false,
  ): AsyncGenerator<Neighbourhood, void, undefined> {
    const { mixture, anchors, signal } = this.options;
    const columns = table.shape[1]!;
    for (let first = 0; first < rows.length; first += this.search.blockSize) {
      const block = rows.slice(first, first + this.search.blockSize);
      const vectors = await readRows(table, block, { signal }); // (block, columns)
      const near = (await this.search.find(vectors)).map((found, i) =>
        found.filter((anchor) => !isExcluded(block[i]!, anchor)).slice(0, mixture.neighbours),
      );
      const sets = near.map((found, i) => ({
        vector: vectors.subarray(i * columns, (i + 1) * columns),
        rows: found.map((anchor) => anchors.rows[anchor]!),
      }));
      let i = 0;
      for await (const measured of this.grams.measure(sets)) yield { ...measured, anchors: near[i++]! };
    }
  }
}

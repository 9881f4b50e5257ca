import { readRows, type FloatMatrix } from "../../files/read-rows.js";
import { buildGramGraph } from "../../onnx/products.js";
import { openGraph, type GraphFunction } from "../../runtime/sessions/graph-function.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import type { Gram } from "./omp.js";

/** Bytes of float32 vectors in one product, unless one set is larger. */
const BATCH_BYTES = 16 * 2 ** 20;

/** A vector and the rows of a table that it is compared with. */
export interface VectorSet {
  readonly vector: Float32Array; // (columns)
  readonly rows: readonly number[];
}

/** The vectors of a set, (1 + rows, columns) with the set's own vector first, and their inner products. */
export interface MeasuredSet {
  readonly vectors: Float32Array;
  readonly gram: Gram;
}

/** Inner products of vectors with rows of one table, set by set. */
export class GramMaker {
  private constructor(
    private readonly table: FloatMatrix,
    private readonly graph: GraphFunction,
    private readonly signal: AbortSignal | undefined,
  ) {}

  static async open(client: WorkerClient, table: FloatMatrix, signal: AbortSignal | undefined): Promise<GramMaker> {
    return new GramMaker(table, await openGraph(client, buildGramGraph(table.shape[1]!), { signal }), signal);
  }

  /** Computes the sets one after another; sets of equal size share a product. */
  async *measure(sets: readonly VectorSet[]): AsyncGenerator<MeasuredSet, void, undefined> {
    for (let first = 0; first < sets.length;) {
      const size = 1 + sets[first]!.rows.length;
      const most = Math.max(1, Math.floor(BATCH_BYTES / (4 * size * this.columns)));
      let end = first + 1;
      while (end < sets.length && end - first < most && sets[end]!.rows.length === size - 1) end += 1;
      yield* this.measureBatch(sets.slice(first, end), size);
      first = end;
    }
  }

  async close(): Promise<void> {
    await this.graph.close();
  }

  private get columns(): number {
    return this.table.shape[1]!;
  }

  private async *measureBatch(sets: readonly VectorSet[], size: number): AsyncGenerator<MeasuredSet, void, undefined> {
    const { columns, table, signal } = this;
    const rows = await readRows(
      table,
      sets.flatMap((set) => set.rows),
      { signal },
    );
    const setLength = size * columns;
    const data = new Float32Array(sets.length * setLength); // (sets, size, columns)
    sets.forEach(({ vector }, i) => {
      data.set(vector, i * setLength);
      data.set(rows.subarray(i * (setLength - columns), (i + 1) * (setLength - columns)), i * setLength + columns);
    });
    const { gram } = await this.graph.run({ vectors: { data, shape: [sets.length, size, columns] } });
    for (let i = 0; i < sets.length; i++) {
      yield {
        vectors: data.subarray(i * setLength, (i + 1) * setLength),
        gram: { size, values: gram!.data.subarray(i * size * size, (i + 1) * size * size) },
      };
    }
  }
}

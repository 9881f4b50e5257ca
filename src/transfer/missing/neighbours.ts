import { readRows, type FloatMatrix } from "../../files/read-rows.js";
import { buildNeighbourGraph } from "../../onnx/products.js";
import { openGraph, type GraphFunction } from "../../runtime/sessions/graph-function.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import type { FloatTensor } from "../../runtime/sessions/protocol.js";

/** Bytes of one chunk of rows: large enough that the product takes longer than the call. */
const CHUNK_BYTES = 32 * 2 ** 20;

/** Elements of one block of cosines: 64 MiB. */
const BLOCK_ELEMENTS = 2 ** 24;

export interface NeighbourOptions {
  readonly client: WorkerClient;
  /** The table that is searched, (rows, columns); only `rows` of it count, and neighbours are numbered in their order. */
  readonly table: FloatMatrix;
  readonly rows: readonly number[];
  /** Neighbours of each query. */
  readonly count: number;
  readonly eitherSign: boolean;
  /** Bytes of float32 rows in one product. */
  readonly chunkBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Finds the rows with the largest cosine to a vector, a block of vectors and a chunk of rows at a time. */
export class NeighbourSearch {
  private constructor(
    private readonly options: NeighbourOptions,
    private readonly graph: GraphFunction,
  ) {}

  static async open(options: NeighbourOptions): Promise<NeighbourSearch> {
    const { client, table, count, eitherSign, signal } = options;
    const graph = buildNeighbourGraph({ columns: table.shape[1]!, count, eitherSign });
    return new NeighbourSearch(options, await openGraph(client, graph, { signal }));
  }

  /** Most queries of one call. */
  get blockSize(): number {
    return Math.max(1, Math.floor(BLOCK_ELEMENTS / Math.max(this.chunkRows, this.columns)));
  }

  /** Numbers of the neighbours of each query (queries, columns), nearest first; `count` of them, or all rows if there are fewer. */
  async find(queries: Float32Array): Promise<readonly (readonly number[])[]> {
    const { table, rows, count, signal } = this.options;
    const total = queries.length / this.columns;
    let scores = filled(total, count, -2); // Below any cosine.
    let ids = filled(total, count, -1);
    for (let first = 0; first < rows.length; first += this.chunkRows) {
      const chunk = rows.slice(first, first + this.chunkRows);
      const outputs = await this.graph.run({
        queries: { data: queries, shape: [total, this.columns] },
        rows: { data: await readRows(table, chunk, { signal }), shape: [chunk.length, this.columns] },
        rowIds: { data: Float32Array.from(chunk, (_, i) => first + i), shape: [1, chunk.length] },
        scores,
        ids,
      });
      [scores, ids] = [outputs["bestScores"]!, outputs["bestIds"]!];
    }
    return Array.from({ length: total }, (_, query) =>
      Array.from(ids.data.subarray(query * count, (query + 1) * count)).filter((id) => id >= 0),
    );
  }

  async close(): Promise<void> {
    await this.graph.close();
  }

  private get columns(): number {
    return this.options.table.shape[1]!;
  }

  private get chunkRows(): number {
    return Math.max(1, Math.floor((this.options.chunkBytes ?? CHUNK_BYTES) / (4 * this.columns)));
  }
}

function filled(rows: number, columns: number, value: number): FloatTensor {
  return { data: new Float32Array(rows * columns).fill(value), shape: [rows, columns] };
}

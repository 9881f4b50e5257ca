import { buildRowMapGraph } from "../../../onnx/products.js";
import { openGraph, type GraphFunction } from "../../../runtime/sessions/graph-function.js";
import { WorkerClient } from "../../../runtime/sessions/client.js";
import type { LinearMap } from "./linear-map.js";
import { subtract } from "./shared-pairs.js";

/** A linear map ready to be applied, in a thread of its own. */
export class RowMapper {
  private constructor(
    private readonly map: LinearMap,
    private readonly client: WorkerClient,
    private readonly graph: GraphFunction,
  ) {}

  static async open(
    map: LinearMap,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<RowMapper> {
    const client = new WorkerClient();
    try {
      const graph = buildRowMapGraph(map.matrix, [map.sourceColumns, map.targetColumns]);
      return new RowMapper(map, client, await openGraph(client, graph, { signal }));
    } catch (error) {
      await client.terminate();
      throw error;
    }
  }

  /** Maps points of the source's space, (rows, source columns), to points of the target's; `rows` is overwritten. */
  async places(rows: Float32Array): Promise<Float32Array> {
    const { source, target } = this.map.means;
    subtract(rows, source);
    const mapped = await this.directions(rows);
    subtract(
      mapped,
      target.map((value) => -value),
    );
    return mapped;
  }

  /** Maps differences of points, which have no part in the means. */
  async directions(rows: Float32Array): Promise<Float32Array> {
    const { sourceColumns } = this.map;
    const shape = [rows.length / sourceColumns, sourceColumns];
    const outputs = await this.graph.run({ rows: { data: rows, shape } });
    return outputs["mapped"]!.data;
  }

  async close(): Promise<void> {
    await this.client.terminate();
  }
}

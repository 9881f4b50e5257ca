import { encodeWithExternalData } from "../onnx/external-data.js";
import type { Graph } from "../onnx/graph.js";
import type { WorkerClient } from "./worker/client.js";
import type { FloatTensor } from "./worker/protocol.js";

/** A graph that is run like a function, on the CPU in the worker thread. */
export interface GraphFunction {
  /** Every output by name; `feeds` are copied into the thread. */
  readonly run: (feeds: Readonly<Record<string, FloatTensor>>) => Promise<Readonly<Record<string, FloatTensor>>>;
  readonly close: () => Promise<void>;
}

export interface GraphFunctionOptions {
  /** Threads of the arithmetic; 0 is one per core. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a graph of float32 inputs and outputs.
 * Throws UnavailableError without onnxruntime-node, InterruptedError once `signal` fires.
 */
export async function openGraph(
  client: WorkerClient,
  graph: Graph,
  { threads = 0, signal }: GraphFunctionOptions = {},
): Promise<GraphFunction> {
  const model = await encodeWithExternalData(graph);
  const session = await client.call("open", { model, device: { kind: "cpu", index: 0 }, threads }, { signal });
  return {
    run: (feeds) => client.call("run", { session, feeds }, { signal }),
    close: () => client.call("close", { session }),
  };
}

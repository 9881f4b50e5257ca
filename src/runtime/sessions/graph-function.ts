import { encodeWithExternalData, type EncodedModel } from "../../onnx/external-data.js";
import type { Graph } from "../../onnx/graph.js";
import { CPU, type Device } from "./device.js";
import type { WorkerClient } from "./client.js";
import type { Numbers, NumberTensor } from "./protocol.js";

/** A graph that is run like a function in the worker thread. */
export interface GraphFunction<Data extends Numbers = Float32Array> {
  /** Runs the graph and returns every output by name; `feeds` are copied into the thread. */
  readonly run: (
    feeds: Readonly<Record<string, NumberTensor<Data>>>,
  ) => Promise<Readonly<Record<string, NumberTensor<Data>>>>;
  readonly close: () => Promise<void>;
}

export interface GraphFunctionOptions {
  /** The CPU when left out. */
  readonly device?: Device | undefined;
  /** Threads of the arithmetic; 0 is one per core. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a graph whose inputs and outputs are all float32, or all float64.
 *
 * @throws UnavailableError without onnxruntime-node
 * @throws InterruptedError once `signal` fires
 */
export async function openGraph<Data extends Numbers = Float32Array>(
  client: WorkerClient,
  graph: Graph,
  { device = CPU, threads = 0, signal }: GraphFunctionOptions = {},
): Promise<GraphFunction<Data>> {
  return openEncoded(client, await encodeWithExternalData(graph), { device, threads, signal });
}

/** The same for an encoded model, with inputs and outputs of any type of number. */
export async function openEncoded<Data extends Numbers = Numbers>(
  client: WorkerClient,
  model: EncodedModel,
  { device = CPU, threads = 0, signal }: GraphFunctionOptions = {},
): Promise<GraphFunction<Data>> {
  const session = await client.call("open", { model, device, threads }, { signal });
  return {
    run: async (feeds) => {
      const outputs: unknown = await client.call("run", { session, feeds }, { signal });
      return outputs as Readonly<Record<string, NumberTensor<Data>>>;
    },
    close: () => client.call("close", { session }),
  };
}

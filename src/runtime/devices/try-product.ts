import { LangbridgeError, throwIfAborted } from "../../errors.js";
import { encodeWithExternalData } from "../../onnx/external-data.js";
import { deviceName, type Device } from "../sessions/device.js";
import type { Precision } from "./precision.js";
import { buildProbeGraph, PROBE, PROBE_FEEDS } from "./probe-graph.js";
import type { WorkerClient } from "../sessions/client.js";

/** How far a result may be off, as a share of the largest value: 8-bit products round the activations. */
const TOLERANCE = 0.02;

export interface ProductToTry {
  readonly device: Device;
  readonly precision: Precision;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lets a device compute a small product and attend to it. Undefined when it is right, otherwise what is wrong and the way out, in one line.
 *
 * @throws InterruptedError once `signal` fires, and nothing else
 */
export async function tryProduct(
  client: WorkerClient,
  { device, precision, signal }: ProductToTry,
): Promise<string | undefined> {
  try {
    const model = await encodeWithExternalData(buildProbeGraph(precision, device));
    const session = await client.call("open", { model, device, threads: 1 }, { signal });
    const { product } = await client.call("run", { session, feeds: PROBE_FEEDS }, { signal });
    await client.call("close", { session });
    const off = Math.max(...PROBE.expected.map((value, i) => Math.abs(value - product!.data[i]!)));
    const largest = Math.max(...PROBE.expected.map(Math.abs));
    if (off <= TOLERANCE * largest) return undefined;
    return `${deviceName(device)}: a product in ${precision} is off by ${off.toPrecision(2)} of ${largest}; its driver computes wrongly, use another device`;
  } catch (error) {
    throwIfAborted(signal);
    return oneLine(error);
  }
}

/** The first line of what is wrong. */
export const oneLine = (error: unknown): string =>
  error instanceof LangbridgeError ? error.message : String((error as Error).message).split("\n", 1)[0]!;

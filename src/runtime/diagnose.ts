import { availableParallelism, totalmem } from "node:os";
import { InputError, LangbridgeError, throwIfAborted } from "../errors.js";
import { encodeWithExternalData } from "../onnx/external-data.js";
import { DEVICES, type DeviceKind } from "./device.js";
import { decodeImage } from "./image/decode.js";
import { loadOnnxruntime } from "./onnxruntime.js";
import { choosePrecision, PRECISIONS, type Precision } from "./precision.js";
import { buildProbeGraph, PROBE } from "./probe-graph.js";
import { WorkerClient } from "./worker/client.js";

/** What a device computes. */
export interface DeviceDiagnosis {
  readonly device: DeviceKind;
  /** The values of `--dtype` whose product was right; none where the device is missing. */
  readonly runs: readonly Precision[];
  /** What stands in the way of the others and the way out, one line each; a type that no such device computes needs no word. */
  readonly problems: readonly string[];
}

/** What a machine can run; nothing in it is guessed: every device was given a product of every type. */
export interface Diagnosis {
  readonly system: {
    readonly node: string;
    readonly platform: string;
    readonly processors: number;
    readonly memoryBytes: number;
    /** What is free, to the process or its container. */
    readonly availableBytes: number;
  };
  /** Version of onnxruntime-node; undefined where it cannot be loaded. */
  readonly onnxruntime: string | undefined;
  readonly decodesImages: boolean;
  readonly devices: readonly DeviceDiagnosis[];
  /** What is missing besides devices and the way out, one line each. */
  readonly problems: readonly string[];
}

/** Largest share of the largest value that a result may be off: the activations of 8-bit products are rounded. */
const TOLERANCE = 0.02;

/** A GIF of one white pixel. */
const PIXEL = Buffer.from("R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs=", "base64");

export interface DiagnoseOptions {
  /** The one device to try; all when left out. */
  readonly device?: DeviceKind | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Tries what running a model needs on this machine. Throws InterruptedError once `signal` fires, and nothing else. */
export async function diagnose({ device, signal }: DiagnoseOptions = {}): Promise<Diagnosis> {
  const problems: string[] = [];
  const attempt = async <Result>(work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work();
    } catch (error) {
      problems.push(oneLine(error));
      return undefined;
    }
  };
  const onnxruntime = await attempt(async () => (await loadOnnxruntime()).env.versions.node);
  const image = await attempt(() => decodeImage(PIXEL, "images"));
  const devices: DeviceDiagnosis[] = [];
  const kinds = device === undefined ? DEVICE_KINDS : [device];
  for (const kind of onnxruntime === undefined ? [] : kinds) devices.push(await tryDevice(kind, signal));
  return {
    system: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      processors: availableParallelism(),
      memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
      availableBytes: process.availableMemory(),
    },
    onnxruntime,
    decodesImages: image !== undefined,
    devices,
    problems,
  };
}

const DEVICE_KINDS = Object.keys(DEVICES) as DeviceKind[];

async function tryDevice(kind: DeviceKind, signal: AbortSignal | undefined): Promise<DeviceDiagnosis> {
  const runs: Precision[] = [];
  const problems = new Set<string>();
  for (const precision of PRECISIONS) {
    const problem = await tryProduct(kind, precision, signal);
    if (problem === undefined) runs.push(precision);
    else if (problem !== NO_SUCH_TYPE) problems.add(problem);
  }
  return { device: kind, runs, problems: [...problems] };
}

const NO_SUCH_TYPE = "no device of this kind computes it";

/** Undefined when the product is right, else what is wrong; each in a thread of its own, so that none suffers from another's end. */
async function tryProduct(
  kind: DeviceKind,
  precision: Precision,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const device = { kind, index: 0 };
  const client = new WorkerClient();
  try {
    choosePrecision(precision, device, "F32");
    const model = await encodeWithExternalData(buildProbeGraph(precision));
    const session = await client.call("open", { model, device, threads: 1 }, { signal });
    const feeds = { x: { data: PROBE.input, shape: [1, PROBE.size] } };
    const { product } = await client.call("run", { session, feeds }, { signal });
    const off = Math.max(...PROBE.expected.map((value, i) => Math.abs(value - product!.data[i]!)));
    const largest = Math.max(...PROBE.expected.map(Math.abs));
    if (off <= TOLERANCE * largest) return undefined;
    return `${kind}: a product in ${precision} is off by ${off.toPrecision(2)} of ${largest}; its driver computes wrongly, use another device`;
  } catch (error) {
    throwIfAborted(signal);
    return error instanceof InputError ? NO_SUCH_TYPE : oneLine(error);
  } finally {
    await client.terminate();
  }
}

const oneLine = (error: unknown): string =>
  error instanceof LangbridgeError ? error.message : String((error as Error).message).split("\n", 1)[0]!;

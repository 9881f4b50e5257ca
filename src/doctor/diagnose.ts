import { availableParallelism, totalmem } from "node:os";
import { DEVICES, type DeviceKind } from "../runtime/sessions/device.js";
import { decodeImage } from "../image/decode.js";
import { loadOnnxruntime } from "../runtime/sessions/onnxruntime.js";
import { availableMemory } from "../runtime/devices/memory.js";
import { isComputedBy, GENERAL_PRECISIONS, type Precision } from "../runtime/devices/precision.js";
import { oneLine, tryProduct } from "../runtime/devices/try-product.js";
import type { Progress } from "../progress.js";
import { withWorker } from "../runtime/sessions/client.js";

/** What a device can compute. */
export interface DeviceDiagnosis {
  readonly device: DeviceKind;
  /** The values of `--dtype` for which a small product was right; none where the device is missing. */
  readonly runs: readonly Precision[];
  /** Why the others do not work, and the way out, one line each. A type that no such device computes is not mentioned. */
  readonly problems: readonly string[];
}

/** What a machine can run. Nothing is guessed: every device was given a product of every type. */
export interface Diagnosis {
  readonly system: {
    readonly node: string;
    readonly platform: string;
    readonly processors: number;
    readonly memoryBytes: number;
    /** The free memory, of the process or of its container. */
    readonly availableBytes: number;
  };
  /** Version of onnxruntime-node; undefined where it cannot be loaded. */
  readonly onnxruntime: string | undefined;
  readonly decodesImages: boolean;
  readonly devices: readonly DeviceDiagnosis[];
  /** What is missing besides devices, and the way out, one line each. */
  readonly problems: readonly string[];
}

/** A GIF of one white pixel. */
const PIXEL = Buffer.from("R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs=", "base64");

export interface DiagnoseOptions {
  /** The one device to try; all when left out. */
  readonly device?: DeviceKind | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/**
 * Tries what running a model needs on this machine.
 *
 * @throws InterruptedError once `signal` fires, and nothing else
 */
export async function diagnose({ device, signal, onProgress }: DiagnoseOptions = {}): Promise<Diagnosis> {
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
  for (const kind of onnxruntime === undefined ? [] : kinds) {
    onProgress?.({ stage: `trying ${kind}`, done: 0, total: 0 });
    devices.push(await tryDevice(kind, signal));
  }
  return {
    system: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      processors: availableParallelism(),
      memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
      availableBytes: availableMemory(),
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
  const device = { kind, index: 0 };
  for (const precision of GENERAL_PRECISIONS.filter((each) => isComputedBy(each, device))) {
    // Each runs in a thread of its own, so that the end of one does not harm another.
    const problem = await withWorker((client) => tryProduct(client, { device, precision, signal }));
    if (problem === undefined) runs.push(precision);
    else problems.add(problem);
  }
  return { device: kind, runs, problems: [...problems] };
}

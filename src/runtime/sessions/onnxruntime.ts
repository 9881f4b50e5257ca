import type * as ort from "onnxruntime-node";
import { UnavailableError } from "../../errors.js";
import type { EncodedModel } from "../../onnx/external-data.js";
import { loadCuda, thisCudaMachine } from "./cuda-libraries.js";
import { DEVICES, deviceName, type Device } from "./device.js";

export type Onnxruntime = typeof ort;
export type Session = ort.InferenceSession;
export type DeviceTensor = ort.Tensor;
export type DeviceValue = ort.OnnxValue;

/**
 * Loads the optional dependency when it is first needed. Its own log is silent, since what it would log as an error is thrown
 * too, with the way out.
 *
 * @throws UnavailableError with the command that adds it
 */
export async function loadOnnxruntime(): Promise<Onnxruntime> {
  // From 1.30 on, onnxruntime writes an id of the machine into the home folder and reports its use, unless this is set before
  // it loads.
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
  try {
    const runtime = await import("onnxruntime-node");
    runtime.env.logLevel = "fatal";
    return runtime;
  } catch (error) {
    throw new UnavailableError(
      "onnxruntime-node cannot be loaded on this machine; add it with: npm install onnxruntime-node (--global where langbridge is), with ONNXRUNTIME_NODE_INSTALL=skip in the environment where CUDA's libraries cannot be downloaded",
      { cause: error },
    );
  }
}

/** Whether the optional dependency can be loaded here. */
export async function hasOnnxruntime(): Promise<boolean> {
  try {
    await loadOnnxruntime();
    return true;
  } catch (error) {
    if (error instanceof UnavailableError) return false;
    throw error;
  }
}

export interface SessionSettings {
  readonly device: Device;
  /** Threads of the CPU's arithmetic; 0 is one per core. */
  readonly threads: number;
  /** Outputs that stay in the device's memory. */
  readonly resident?: readonly string[];
  /**
   * Whether to lay out weights anew at load. Steps of one token are faster then, and 4- and 8-bit blocks need it; long inputs
   * gain little.
   */
  readonly prepack?: boolean;
}

/** Nothing is logged: errors are thrown as well. */
const ONLY_FATAL = 4;

/**
 * Opens a model on the device that was asked for and no other.
 *
 * @throws UnavailableError when the device is missing, lacks an operator or has too little memory
 */
export async function createSession(
  model: EncodedModel,
  { device, threads, resident = [], prepack = false }: SessionSettings,
): Promise<Session> {
  const { InferenceSession } = await loadOnnxruntime();
  if (device.kind === "cuda") await requireCuda(device);
  const onCpu = device.kind === "cpu";
  const session = {
    ...(model.folder === undefined ? {} : { model_external_initializers_file_folder_path: model.folder }),
    ...(prepack ? {} : { disable_prepacking: "1" }),
    // Threads wait awake for the next operator of a run, and sleep between runs to leave the cores to others.
    force_spinning_stop: "1",
    ...(onCpu ? {} : { disable_cpu_ep_fallback: "1" }),
  };
  try {
    return await InferenceSession.create(model.bytes, {
      executionProviders: [device.kind === "cuda" ? { name: "cuda", deviceId: device.index } : device.kind],
      intraOpNumThreads: threads,
      logSeverityLevel: ONLY_FATAL,
      extra: { session },
      ...(device.kind === "webgpu" && resident.length > 0
        ? { preferredOutputLocation: Object.fromEntries(resident.map((name) => [name, "gpu-buffer" as const])) }
        : {}),
    });
  } catch (error) {
    throw describeSessionError(error, device);
  }
}

/** @throws UnavailableError that names what of CUDA is missing here */
async function requireCuda(device: Device): Promise<void> {
  const machine = await thisCudaMachine();
  const problem = machine === undefined ? DEVICES.cuda.remedy : await loadCuda(machine);
  if (problem === undefined) return;
  throw new UnavailableError(`${deviceName(device)}: is not available on this machine; ${problem}`);
}

/** What the numbers of CUDA's errors mean for the machine, and the way out. Source: driver_types.h of CUDA 13. */
const CUDA_FAILURES: Readonly<Record<string, string>> = {
  35: "its NVIDIA driver is too old for the CUDA of this onnxruntime-node; update the driver (CUDA 13 needs 580 or newer), or use onnxruntime-node 1.26.0, the last one for CUDA 12",
  100: "the driver finds no GPU; check with nvidia-smi, start a container with --gpus all, and look at CUDA_VISIBLE_DEVICES",
  101: "there is no GPU of that number; nvidia-smi -L lists those that are there",
  209: "onnxruntime holds no code for this GPU; it has code for compute capability 7.5, 8.0, 8.6, 8.9, 9.0 and 12.0, and nvidia-smi --query-gpu=compute_cap --format=csv shows the GPU's",
  803: "the driver and its library are of different versions; restart the machine",
};

const OUT_OF_MEMORY = /bad_alloc|out of memory|failed to allocate|allocation failed|Allocation of/i;
const NO_KERNEL = /fallback to CPU EP has been explicitly disabled/i;
const NO_HALF = /requires f16 but the device/i;
/** The word "adapter" alone would also match the path of an adapter's folder. */
const NO_DEVICE =
  /Failed to load shared library|Failed to get a WebGPU|no (supported )?adapters?\b|backend not found|is unsupported|CUDA failure|libcuda|dlopen/i;

/** One line about a failure at load or in a run. An error that says nothing about the machine passes unchanged. */
export function describeSessionError(error: unknown, device: Device): Error {
  const message = (error as { message?: unknown }).message;
  const text = typeof message === "string" ? message : String(error);
  const name = deviceName(device);
  if (OUT_OF_MEMORY.test(text)) {
    return new UnavailableError(
      `${name}: out of memory; use a smaller dtype (q8 or q4), a shorter context or a smaller model`,
      { cause: error },
    );
  }
  const failure = CUDA_FAILURES[/CUDA failure (\d+)/.exec(text)?.[1] ?? ""];
  if (failure !== undefined) {
    return new UnavailableError(`${name}: is not available on this machine; ${failure}`, { cause: error });
  }
  if (NO_KERNEL.test(text)) {
    return new UnavailableError(
      `${name}: an operator of this model has no kernel there for this dtype, and the CPU is not used in its place; try another dtype or --device cpu`,
      { cause: error },
    );
  }
  if (NO_HALF.test(text)) {
    return new UnavailableError(`${name}: this device computes no float16; use --dtype f32`, { cause: error });
  }
  if (device.kind !== "cpu" && NO_DEVICE.test(text)) {
    return new UnavailableError(`${name}: is not available on this machine; ${DEVICES[device.kind].remedy}`, {
      cause: error,
    });
  }
  return new Error(`onnxruntime on ${name}: ${text}`, { cause: error });
}

import { InputError } from "../../errors.js";

export type DeviceKind = "cpu" | "cuda" | "webgpu";

export interface Device {
  readonly kind: DeviceKind;
  /** Which one of several; 0 for cpu and webgpu. */
  readonly index: number;
  /** Whether it computes no float16; `openDevice` tries it. */
  readonly lacksFloat16?: boolean;
}

/** The device that is always there. */
export const CPU: Device = { kind: "cpu", index: 0 };

/** The differences between the devices. */
export interface DeviceTraits {
  /** How to get the device when it is missing: the end of an error. */
  readonly remedy: string;
  /** Whether attention may append to the cache that it is given. */
  readonly cacheInPlace: boolean;
  /** Most tokens of one run of an LLM; more are run in pieces, with the same result. */
  readonly maxTokensPerRun: number;
  readonly computesBfloat16: boolean;
  /** Whether attention with a cache computes float32. Where it does not, blocks of 4 and 8 bits are multiplied in float16. */
  readonly attendsInFloat32: boolean;
  /** Whether a convolution needs nothing besides onnxruntime. */
  readonly convolves: boolean;
  /** Whether attention can cap scores softly, as Gemma 2 asks. */
  readonly capsScores: boolean;
}

export const DEVICES: Readonly<Record<DeviceKind, DeviceTraits>> = {
  cpu: {
    remedy: "reinstall onnxruntime-node",
    cacheInPlace: true,
    maxTokensPerRun: Infinity,
    computesBfloat16: false,
    attendsInFloat32: true,
    convolves: true,
    capsScores: true,
  },
  cuda: {
    remedy: "it needs Linux x64, an NVIDIA driver and CUDA 13, see docs/cuda.md",
    cacheInPlace: false,
    maxTokensPerRun: Infinity,
    computesBfloat16: true,
    attendsInFloat32: false,
    // onnxruntime leaves it to cuDNN, a library of 1 GB that nothing else here needs.
    convolves: false,
    capsScores: true,
  },
  webgpu: {
    remedy:
      "it needs a GPU driver with Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS); on Linux install libvulkan1 and the GPU's driver, and check with vulkaninfo",
    cacheInPlace: false,
    // From 32 tokens on, attention takes a path that is wrong where subgroups have fewer than 8 lanes.
    maxTokensPerRun: 31,
    computesBfloat16: false,
    attendsInFloat32: true,
    convolves: true,
    capsScores: false,
  },
};

/**
 * Reads `cpu`, `cuda`, `cuda:N` or `webgpu`.
 *
 * @throws InputError for anything else
 */
export function parseDevice(text: string): Device {
  const match = /^(?:(cpu|webgpu)|(cuda)(?::(\d{1,3}))?)$/.exec(text);
  if (match === null) throw new InputError(`device "${text}" is unknown; expected cpu, cuda, cuda:N or webgpu`);
  return { kind: (match[1] ?? match[2]) as DeviceKind, index: Number(match[3] ?? 0) };
}

/** `cuda:1`, as it was asked for. */
export function deviceName({ kind, index }: Device): string {
  return kind === "cuda" ? `cuda:${index}` : kind;
}

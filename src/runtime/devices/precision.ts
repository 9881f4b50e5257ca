import { InputError } from "../../errors.js";
import type { FloatType } from "../../onnx/element-type.js";
import type { Dtype, FloatDtype } from "../../tensor/dtype.js";
import { DEVICES, deviceName, type Device } from "../sessions/device.js";

/**
 * What `--dtype` takes: the type of the arithmetic, or the bits of an LLM's linear layers. "stored" keeps the blocks of a GGUF file as
 * they are.
 */
export const PRECISIONS = ["f32", "f16", "bf16", "q8", "q4", "stored"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** The types that any model can run in. */
export const GENERAL_PRECISIONS = PRECISIONS.filter((precision) => precision !== "stored");

const COMPUTE: Readonly<Record<Precision, FloatType>> = {
  f32: "float32",
  f16: "float16",
  bf16: "bfloat16",
  q8: "float32",
  q4: "float32",
  stored: "float32",
};

/** How the weights lie in their file. */
export interface StoredWeights {
  readonly dtype: Dtype;
  /** Whether linear layers lie in blocks. */
  readonly inBlocks?: boolean | undefined;
}

/**
 * The precision that is used: `asked`, else "stored" for weights in blocks, else float32 on the CPU, bfloat16 on CUDA for a
 * bfloat16 checkpoint, float16 elsewhere unless the device lacks it.
 *
 * @throws InputError for one that the device does not compute
 */
export function choosePrecision(asked: string | undefined, device: Device, stored: StoredWeights): Precision {
  if (asked === undefined) {
    if (stored.inBlocks) return "stored";
    if (device.kind === "cpu") return "f32";
    if (DEVICES[device.kind].computesBfloat16 && stored.dtype === "BF16") return "bf16";
    return device.lacksFloat16 ? "f32" : "f16";
  }
  const precision = PRECISIONS.find((name) => name === asked);
  if (precision === undefined) throw new InputError(`dtype "${asked}" is unknown; expected ${PRECISIONS.join(", ")}`);
  if (precision === "stored" && !stored.inBlocks) {
    throw new InputError(
      `dtype stored: is for an LLM whose file holds it in blocks (GGUF), this one's does not; leave it out`,
    );
  }
  if (!isComputedBy(precision, device)) {
    throw new InputError(`dtype bf16: ${deviceName(device)} computes no bfloat16; use f32 or f16`);
  }
  return precision;
}

/** Whether devices of this kind compute it at all; a single device may still lack it. */
export const isComputedBy = (precision: Precision, device: Device): boolean =>
  precision !== "bf16" || DEVICES[device.kind].computesBfloat16;

/** The type of the arithmetic. */
export function computeType(precision: Precision): FloatType {
  return COMPUTE[precision];
}

const DTYPES: Readonly<Record<FloatType, FloatDtype>> = { float32: "F32", float16: "F16", bfloat16: "BF16" };

/** The dtype in which numbers for a type of arithmetic are kept. */
export const dtypeOf = (compute: FloatType): FloatDtype => DTYPES[compute];

/** Bits of the blocks that linear layers are rounded to; undefined when they are kept. */
export function blockBits(precision: Precision): 4 | 8 | undefined {
  if (precision === "q8") return 8;
  return precision === "q4" ? 4 : undefined;
}

/** Precisions that concern the LLM alone; vision tower and adapter then keep the device's own type. */
const OF_LLM: readonly string[] = ["q8", "q4", "stored"] satisfies Precision[];

export function visionPrecision(asked: string | undefined, device: Device, dtype: Dtype): Precision {
  return choosePrecision(asked !== undefined && OF_LLM.includes(asked) ? undefined : asked, device, { dtype });
}

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

const COMPUTE: Readonly<Partial<Record<Precision, FloatType>>> = { f32: "float32", f16: "float16", bf16: "bfloat16" };

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
  if (isComputedBy(precision, device)) return precision;
  const others = (["f32", "f16", "bf16"] as const).filter((other) => isComputedBy(other, device)).join(" or ");
  throw new InputError(
    `dtype ${precision}: ${deviceName(device)} computes ${REFUSED[precision as keyof typeof REFUSED]}; use ${others}`,
  );
}

/** What a device that is asked for such an LLM lacks. */
const REFUSED = { f32: "no attention in float32", bf16: "no bfloat16" } as const;

/** Whether devices of this kind run an LLM in it at all; a single device may still lack it. */
export function isComputedBy(precision: Precision, { kind }: Device): boolean {
  if (precision === "f32") return DEVICES[kind].attendsInFloat32;
  return precision !== "bf16" || DEVICES[kind].computesBfloat16;
}

/** The type of the arithmetic. */
export function computeType(precision: Precision, { kind }: Device): FloatType {
  return COMPUTE[precision] ?? (DEVICES[kind].attendsInFloat32 ? "float32" : "float16");
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

/**
 * The precision of a vision tower or an adapter. float32 runs everywhere, since only an LLM has a cache; bfloat16 becomes float16,
 * because operators that they need have no bfloat16 on any device.
 *
 * @throws InputError as `choosePrecision`
 */
export function visionPrecision(asked: string | undefined, device: Device, dtype: Dtype): Precision {
  if (asked === "f32") return "f32";
  const own = asked !== undefined && OF_LLM.includes(asked) ? undefined : asked;
  const precision = choosePrecision(own, device, { dtype });
  return precision === "bf16" ? "f16" : precision;
}

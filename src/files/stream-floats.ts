import { InputError } from "../errors.js";
import type { FloatDtype } from "../tensor/dtype.js";
import { convertFloats, encodeFloats, halfBits } from "../tensor/half.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { streamTensor } from "./read-tensor.js";

/**
 * A tensor of floats from first to last in another dtype, in chunks of some megabytes; its very bytes where it has that
 * dtype.
 *
 * @throws InputError for a value that float16 cannot hold
 * @throws InterruptedError once `signal` fires
 */
export async function* streamFloats(
  tensor: CheckpointTensor,
  dtype: FloatDtype,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const from = tensor.dtype as FloatDtype;
  for await (const chunk of streamTensor(tensor, { signal })) {
    const converted = convertFloats(chunk, from, dtype);
    if (dtype === "F16" && from !== "F16") refuseInfinite(converted, tensor);
    yield converted;
  }
}

/**
 * As encodeFloats.
 *
 * @throws InputError that names the tensor for a value that float16 cannot hold
 */
export function encodeInRange(floats: Float32Array, dtype: FloatDtype, tensor: CheckpointTensor): Uint8Array {
  const bytes = encodeFloats(floats, dtype);
  if (dtype === "F16") refuseInfinite(bytes, tensor);
  return bytes;
}

/** Exponent bits of a float16; all of them are set in infinity and NaN alone, and behind them NaN has others. */
const [EXPONENT, FRACTION] = [0x7c00, 0x03ff];

function refuseInfinite(bytes: Uint8Array, { file, name }: CheckpointTensor): void {
  for (const bits of halfBits(bytes)) {
    if ((bits & EXPONENT) !== EXPONENT) continue;
    throw new InputError(
      (bits & FRACTION) === 0
        ? `${file}: "${name}" holds a value beyond the range of float16; choose another --dtype`
        : `${file}: "${name}" holds NaN; the weights are damaged, fetch them again`,
    );
  }
}

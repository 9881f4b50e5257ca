import { InputError } from "../errors.js";
import type { Dtype } from "../tensor/dtype.js";
import { tensorByteLength } from "../tensor/tensor-info.js";

/** A tensor on its way into a file: raw, little-endian, row-major bytes, at once or in chunks of any size. */
export interface TensorToWrite {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Uint8Array | AsyncIterable<Uint8Array>;
}

/** All of it but the bytes, which need not exist yet. */
export type TensorOutline = Omit<TensorToWrite, "data">;

/**
 * Bytes that the tensor takes.
 *
 * @throws InputError when its shape has no size
 */
export function outlineByteLength({ name, dtype, shape }: TensorOutline, path: string): number {
  const length = tensorByteLength(dtype, shape);
  if (length !== undefined) return length;
  throw new InputError(`${path}: tensor ${JSON.stringify(name)} cannot be ${dtype} of shape (${shape.join(", ")})`);
}

/**
 * The chunks of a tensor's data.
 *
 * @throws InputError when they are more or fewer bytes than its shape takes
 */
export async function* checkedChunks(tensor: TensorToWrite, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const { name, dtype, shape, data } = tensor;
  const length = outlineByteLength(tensor, path);
  let given = 0;
  for await (const chunk of data instanceof Uint8Array ? [data] : data) {
    given += chunk.byteLength;
    if (given > length) break;
    yield chunk;
  }
  if (given === length) return;
  throw new InputError(
    `${path}: tensor ${JSON.stringify(name)} got ${given > length ? "more" : given} bytes, but ${dtype} of shape (${shape.join(", ")}) takes ${length}`,
  );
}

import type { TensorToWrite } from "./tensor-to-write.js";
import type { Progress } from "../progress.js";

/** The same tensors, telling `onProgress` how many of `total` bytes have been made. */
export function reportProgress(
  tensors: readonly TensorToWrite[],
  total: number,
  onProgress: Progress | undefined,
): readonly TensorToWrite[] {
  if (onProgress === undefined) return tensors;
  let done = 0;
  const counted = async function* (data: TensorToWrite["data"]): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of data instanceof Uint8Array ? [data] : data) {
      done += chunk.byteLength;
      onProgress({ stage: "writing", done, total, unit: "bytes" });
      yield chunk;
    }
  };
  return tensors.map((tensor) => ({ ...tensor, data: counted(tensor.data) }));
}

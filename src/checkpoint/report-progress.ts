import type { TensorToWrite } from "./tensor-to-write.js";
import type { Progress } from "../progress.js";

/** The same tensors, telling `onProgress` how many of `total` bytes of the stage have been made. */
export function reportProgress(
  tensors: readonly TensorToWrite[],
  { total, stage = "writing" }: { readonly total: number; readonly stage?: string },
  onProgress: Progress | undefined,
): readonly TensorToWrite[] {
  if (onProgress === undefined) return tensors;
  let done = 0;
  const counted = async function* (data: TensorToWrite["data"]): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of data instanceof Uint8Array ? [data] : data) {
      done += chunk.byteLength;
      onProgress({ stage, done, total, unit: "bytes" });
      yield chunk;
    }
  };
  return tensors.map((tensor) => ({ ...tensor, data: counted(tensor.data) }));
}

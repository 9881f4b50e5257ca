import type { Progress } from "../progress.js";
import type { OutputTensor } from "./outputs.js";

/** The same tensors, telling `onProgress` how many of `total` bytes have been made. */
export function reportProgress(
  tensors: readonly OutputTensor[],
  total: number,
  onProgress: Progress | undefined,
): readonly OutputTensor[] {
  if (onProgress === undefined) return tensors;
  let done = 0;
  const counted = async function* (data: OutputTensor["data"]): OutputTensor["data"] {
    for await (const chunk of data) {
      done += chunk.byteLength;
      onProgress({ stage: "writing", done, total, unit: "bytes" });
      yield chunk;
    }
  };
  return tensors.map((tensor) => ({ ...tensor, data: counted(tensor.data) }));
}

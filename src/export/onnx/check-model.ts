import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LangbridgeError } from "../../errors.js";
import { openEncoded } from "../../runtime/graph-function.js";
import type { WorkerClient } from "../../runtime/worker/client.js";
import type { NumberTensor } from "../../runtime/worker/protocol.js";
import { modelFile } from "./write-model.js";

export type Tensors = Readonly<Record<string, NumberTensor>>;

/** Largest difference allowed, as a share of the largest value: rounding of float32 in another order. */
const TOLERANCE = 1e-5;

/** Runs a model file as another program would. */
export async function runModelFile(
  client: WorkerClient,
  { folder, name }: { readonly folder: string; readonly name: string },
  feeds: Tensors,
  signal: AbortSignal | undefined,
): Promise<Tensors> {
  const bytes = await readFile(join(folder, modelFile(name)));
  const model = await openEncoded(client, { bytes, folder }, { signal });
  try {
    return await model.run(feeds);
  } finally {
    await model.close();
  }
}

/**
 * Compares what a written model gives with what the parts give where they lie. Returns the finding as one line.
 * Throws LangbridgeError when they differ by more than rounding: the disk or this tool is at fault then.
 */
export function compareOutputs(file: string, sample: string, written: Tensors, reference: Tensors): string {
  const differences = Object.entries(reference).map(([output, expected]) => {
    const difference = relativeDifference(written[output], expected);
    if (difference <= TOLERANCE) return difference;
    throw new LangbridgeError(
      `${file}: for ${sample}, "${output}" differs by ${shown(difference)} of its largest value from what the parts give in place, at most ${TOLERANCE} is rounding; nothing was written, please report this`,
    );
  });
  const largest = Math.max(...differences);
  return `${file} gives for ${sample} what the parts give in place; largest difference ${shown(largest)} of the largest value`;
}

const shown = (difference: number): string => (difference === 0 ? "0" : difference.toExponential(1));

/** max |a - b| / max |b|; Infinity for other shapes and for what is no number. */
function relativeDifference(actual: NumberTensor | undefined, expected: NumberTensor): number {
  if (actual === undefined || actual.shape.join() !== expected.shape.join()) return Infinity;
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [Number(actual.data[i]), Number(expected.data[i])];
    if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
    difference = Math.max(difference, Math.abs(a - b));
    largest = Math.max(largest, Math.abs(b));
  }
  return difference === 0 ? 0 : difference / largest;
}

import { join } from "node:path";
import { InputError, LangbridgeError } from "../../errors.js";
import { readWholeFile } from "../../files/read-whole.js";
import { openEncoded } from "../../runtime/sessions/graph-function.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import type { NumberTensor } from "../../runtime/sessions/protocol.js";
import { relativeDifference, allFinite } from "../../tensor/float-arrays.js";
import type { Rounding } from "./stored-weights.js";
import { modelFile } from "./write-model.js";

export type Tensors = Readonly<Record<string, NumberTensor>>;

/** Runs a model: inputs by name to outputs by name. */
export type RunModel = (feeds: Tensors) => Promise<Tensors>;

/** Opens a model file as another program would, while `use` runs. */
export async function withModelFile<T>(
  client: WorkerClient,
  {
    folder,
    name,
    signal,
  }: { readonly folder: string; readonly name: string; readonly signal?: AbortSignal | undefined },
  use: (run: RunModel) => Promise<T>,
): Promise<T> {
  const bytes = await readWholeFile(join(folder, modelFile(name)), { most: MAX_MODEL_BYTES, as: "a model" });
  const model = await openEncoded(client, { bytes, folder }, { signal });
  try {
    return await use(model.run);
  } finally {
    await model.close();
  }
}

/** Largest graph of a model read, in bytes, weights aside: what protobuf itself allows. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** What a written model gave, and what the parts in place give. */
export interface OutputComparison {
  readonly file: string;
  /** What the model was given, in words. */
  readonly sample: string;
  readonly rounding: Rounding;
  readonly written: Tensors;
  readonly reference: Tensors;
}

/**
 * Compares the outputs of a written model with those of the parts in place. Of vectors that are decoded, it compares those
 * with the same tokens. Returns the finding as one line.
 *
 * @throws InputError when the parts themselves give values that are not finite
 * @throws LangbridgeError when the two differ by more than rounding: then the disk or this tool is at fault
 */
export function compareOutputs({ file, sample, rounding, written, reference }: OutputComparison): string {
  requireFinite(reference, file, sample);
  const alike = sameTokens(written["tokens"], reference["tokens"]);
  const others = alike?.filter((same) => !same).length ?? 0;
  const count = alike?.length ?? 0;
  if (others > Math.max(1, count * rounding.otherTokens))
    throw fault(file, sample, `takes ${others} of ${count} vectors for other tokens than`);
  const differences = Object.entries(reference).map(([output, expected]) => {
    const difference = outputDifference(written[output], expected, alike);
    if (difference <= rounding.difference) return difference;
    throw fault(file, sample, `has "${output}" differ by ${shown(difference)} of its largest value from`);
  });
  const largest = shown(Math.max(...differences));
  const decoded = others === 0 ? "" : `; ${others} of ${count} vectors near a tie were taken for other tokens`;
  return `${file} gives for ${sample} what the parts give in place; largest difference ${largest} of the largest value${decoded}`;
}

function requireFinite(reference: Tensors, file: string, sample: string): void {
  for (const [output, { data }] of Object.entries(reference)) {
    if (!(data instanceof Float32Array) || allFinite(data)) continue;
    throw new InputError(
      `${file}: for ${sample} the parts in place give "${output}" that is not finite, so nothing was written; their weights hold NaN or are too large; fetch them again`,
    );
  }
}

const fault = (file: string, sample: string, what: string): LangbridgeError =>
  new LangbridgeError(`${file}: for ${sample} it ${what} the parts in place; nothing was written, please report this`);

const shown = (difference: number): string => (difference === 0 ? "0" : difference.toExponential(1));

/** For each vector whether all of its k tokens (..., k) are the same; undefined where nothing is decoded. */
function sameTokens(actual: NumberTensor | undefined, expected: NumberTensor | undefined): boolean[] | undefined {
  if (actual === undefined || expected === undefined) return undefined;
  const k = expected.shape.at(-1)!;
  const count = expected.data.length / k;
  const same = (index: number): boolean => Number(actual.data[index]) === Number(expected.data[index]);
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: k }, (_, j) => same(row * k + j)).every(Boolean),
  );
}

/** Over the vectors that are `counted`; Infinity for another shape. */
function outputDifference(
  actual: NumberTensor | undefined,
  expected: NumberTensor,
  counted: readonly boolean[] | undefined,
): number {
  if (actual === undefined || actual.shape.join() !== expected.shape.join()) return Infinity;
  if (counted === undefined) return relativeDifference(actual.data, expected.data);
  const columns = expected.data.length / counted.length;
  return relativeDifference(actual.data, expected.data, (i) => counted[Math.floor(i / columns)]!);
}

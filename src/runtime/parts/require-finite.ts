import { InputError } from "../../errors.js";
import { allFinite } from "../../tensor/float-arrays.js";
import type { Precision } from "../devices/precision.js";

/** What made the numbers, for the error about them. */
export interface NumberSource {
  /** Folder or file of the weights. */
  readonly path: string;
  /** What was made, such as "the features of an image"; followed by "are not finite". */
  readonly what: string;
  readonly precision: Precision;
}

/**
 * Checks that all of `values` are finite numbers.
 *
 * @throws InputError that names the weights to blame when one is NaN or infinite
 */
export function requireFinite(values: Float32Array, source: NumberSource): void {
  if (!allFinite(values)) throw notFinite(source);
}

export const notFinite = ({ path, what, precision }: NumberSource): InputError =>
  new InputError(
    precision === "f32"
      ? `${path}: ${what} in f32 are not finite; its weights are damaged; fetch them again`
      : `${path}: ${what} in ${precision} are not finite; its weights are damaged or ${precision} is too narrow for them; use --dtype f32, or fetch them again`,
  );

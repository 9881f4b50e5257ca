/** Whether no value is NaN or infinite. */
export function allFinite(values: Float32Array): boolean {
  // 0 for a number, NaN for anything else: no branch in a loop over a whole vocabulary.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}

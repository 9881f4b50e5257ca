import type { Judged, Judgement, Variant } from "../benchmark.js";

/** A variant whose one figure is the mean score of the questions. */
export function accuracyVariant<Truth>(options: {
  name: string;
  about: string;
  judge: Variant<Truth>["judge"];
  ranks?: boolean;
}): Variant<Truth> {
  return {
    ...options,
    tally: sumScores,
    scores: ([sum, count]) => ({ accuracy: ratio(sum!, count!) }),
    primary: "accuracy",
    unit: "fraction",
  };
}

/** (sum of scores, number of questions); added in order, so that the last bits agree with the official scripts. */
export function sumScores(judged: readonly Judged<unknown>[]): Float64Array {
  let sum = 0;
  for (const { judgement } of judged) sum += judgement?.score ?? 0;
  return Float64Array.of(sum, judged.length);
}

/** a / b, and 0 where there is nothing to divide by. */
export const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** A judgement that is right or wrong. */
export const verdict = (parsed: string | null, right: boolean, unparseable = parsed === null): Judgement => ({
  parsed,
  score: right ? 1 : 0,
  unparseable,
});

/** Accuracy and count by the value of `part`, parts in the order of `compare`. */
export function accuracyBy<Truth>(
  judged: readonly Judged<Truth>[],
  part: (entry: Judged<Truth>) => string,
  compare: (a: string, b: string) => number = (a, b) => (a < b ? -1 : 1),
): Record<string, number> {
  const parts = new Map<string, Judged<Truth>[]>();
  for (const entry of judged) {
    const name = part(entry);
    const list = parts.get(name);
    if (list === undefined) parts.set(name, [entry]);
    else list.push(entry);
  }
  const names = [...parts.keys()].sort(compare);
  return Object.fromEntries(
    names.flatMap((name) => {
      const [sum, count] = sumScores(parts.get(name)!);
      return [
        [name, ratio(sum!, count!)],
        [`${name}/count`, count!],
      ];
    }),
  );
}

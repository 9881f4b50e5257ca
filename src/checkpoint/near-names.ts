const SHOWN = 3;

/** The candidates most like `name`, best first: most dotted parts shared from the end, then in all. */
export function nearestNames(name: string, candidates: Iterable<string>): readonly string[] {
  const parts = name.split(".");
  return [...candidates]
    .map((candidate) => ({ candidate, score: score(parts, candidate.split(".")) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN)
    .map(({ candidate }) => candidate);
}

function score(wanted: readonly string[], parts: readonly string[]): number {
  let suffix = 0;
  while (suffix < wanted.length && wanted.at(-1 - suffix) === parts.at(-1 - suffix)) suffix++;
  const shared = wanted.filter((part) => parts.includes(part)).length;
  return shared + suffix / 1000;
}

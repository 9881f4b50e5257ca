import { escapeHtml } from "../layout/html.js";
import { count, percent } from "../layout/numbers.js";
import type { CoverageAtSize } from "./rank-tokens.js";

/** In units of the picture. */
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [720, 420, 70, 50, 20, 20];

/** Coverage over size as SVG, sizes on a logarithmic scale; `kept` is where the vocabulary was cut. */
export function coverageFigure(curve: readonly CoverageAtSize[], kept: CoverageAtSize): string {
  const [first, last] = [curve[0]!.size, Math.max(curve.at(-1)!.size, curve[0]!.size + 1)];
  const least = Math.floor(10 * Math.min(...curve.map(({ coverage }) => coverage))) / 10;
  const x = (size: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(size / first)) / Math.log(last / first);
  const y = (coverage: number): number => TOP + ((HEIGHT - TOP - BOTTOM) * (1 - coverage)) / (1 - least);
  const points = curve.map(({ size, coverage }) => `${short(x(size))},${short(y(coverage))}`).join(" ");
  const sizes = [100, 1000, 10_000, 100_000, 1_000_000].filter((size) => size >= first && size <= last);
  const shares = Array.from({ length: 11 }, (_, i) => i / 10).filter((share) => share >= least);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${escapeHtml(`${count(kept.size)} tokens cover ${percent(kept.coverage)} of the text`)}</title>`,
    ...shares.map(
      (share) =>
        `<path d="M${LEFT} ${short(y(share))}H${WIDTH - RIGHT}" stroke="#8884"/><text x="${LEFT - 8}" y="${short(y(share) + 4)}" text-anchor="end">${Math.round(100 * share)} %</text>`,
    ),
    ...sizes.map(
      (size) =>
        `<path d="M${short(x(size))} ${TOP}V${HEIGHT - BOTTOM}" stroke="#8884"/><text x="${short(x(size))}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${count(size)}</text>`,
    ),
    `<polyline points="${points}" fill="none" stroke="#4c78a8" stroke-width="2"/>`,
    `<circle cx="${short(x(Math.max(first, kept.size)))}" cy="${short(y(Math.max(least, kept.coverage)))}" r="5" fill="#e45756"/>`,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">tokens, the most frequent first</text>`,
    "</svg>",
    "",
  ].join("\n");
}

const short = (value: number): string => String(Number(value.toFixed(1)));

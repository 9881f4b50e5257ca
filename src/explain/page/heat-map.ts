import type { PatchTokens } from "../patch-tokens.js";
import type { PatchGrid } from "../plan-explanation.js";
import { escapeHtml } from "../../layout/html.js";

/** Shades of a map: one path each, so that a map of 576 patches stays small. */
const SHADES = 8;

export interface HeatMapOptions {
  /** Row of the table whose token is shown. */
  readonly row: number;
  readonly label: string;
  /** The weight that is drawn darkest: the largest of the image, so that its maps can be compared. */
  readonly largest: number;
}

/** Where in an image a token is shown, and how heavy it is there: SVG, blue for weights above 0 and red below. */
export function heatMap(
  patches: readonly PatchTokens[],
  { rows, columns }: PatchGrid,
  { row, label, largest }: HeatMapOptions,
): string {
  const cells = new Map<string, string>();
  patches.forEach(({ tokens }, patch) => {
    const weight = tokens.find((token) => token.row === row)?.weight ?? 0;
    const shade = Math.ceil((SHADES * Math.abs(weight)) / largest);
    if (shade === 0) return;
    const name = `${weight < 0 ? "n" : "h"}${shade}`;
    const [x, y] = [patch % columns, Math.floor(patch / columns)];
    cells.set(name, `${cells.get(name) ?? ""}M${x} ${y}h1v1h-1z`);
  });
  const paths = [...cells].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, d]) => `<path class="${name}" d="${d}"/>`);
  const title = escapeHtml(label);
  return `<figure><svg class="map" viewBox="0 0 ${columns} ${rows}" role="img" aria-label="${title}">${paths.join("")}</svg><figcaption>${title}</figcaption></figure>`;
}

/** The colours of the shades. */
export const HEAT_STYLE = Array.from({ length: SHADES }, (_, i) => {
  const opacity = ((i + 1) / SHADES).toFixed(3);
  return `.h${i + 1} { fill: #1f6fc4; fill-opacity: ${opacity} } .n${i + 1} { fill: #c4321f; fill-opacity: ${opacity} }`;
}).join("\n");

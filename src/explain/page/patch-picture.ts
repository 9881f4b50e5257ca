import stringWidth from "string-width";
import type { PatchTokens } from "../patch-tokens.js";
import type { PatchGrid, View } from "../plan-explanation.js";
import type { Size } from "../../image/image-processor.js";
import { escapeHtml } from "../../layout/html.js";
import { tokenLabel, weightLabel } from "./token-label.js";

/** Width of a picture in units of its own, some pixels on a screen. */
const WIDTH = 960;
/** Sizes of text in these units. Text below the least size cannot be read; then only the tooltip has it. */
const [LEAST_TEXT, LARGEST_TEXT] = [7, 22];
/**
 * The least side of a patch with room for several tokens, and the share of it that a line takes; a smaller patch shows one
 * token, of at most this size.
 */
const [SEVERAL_LINES, SHARE, LARGEST_SINGLE] = [90, 0.06, 13];
/** Width of a character of text, and distance of two lines, in sizes of it. */
const [CHARACTER, LINE] = [0.62, 1.25];

export interface PictureOptions {
  /** Size of the picture as the vision tower was shown it, in pixels. */
  readonly size: Size;
  readonly grid: PatchGrid;
  readonly view: Pick<View, "tokens">;
  /** SVG that draws the picture into (0, 0) to (size.width, size.height). */
  readonly picture: string;
}

/** The picture under its patches, as SVG. A patch shows the tokens for which it has room; its tooltip has all of them. */
export function patchPicture(patches: readonly PatchTokens[], { size, grid, view, picture }: PictureOptions): string {
  const scale = WIDTH / size.width;
  const side = grid.patchSize * scale;
  const cells = patches.map((patch, at) => {
    const [x, y] = [at % grid.columns, Math.floor(at / grid.columns)];
    return `<g transform="translate(${short(x * side)} ${short(y * side)})">${cell(patch, { x, y, side, view })}</g>`;
  });
  return [
    `<svg class="patches" viewBox="0 0 ${WIDTH} ${short(size.height * scale)}">`,
    `<g transform="scale(${short(scale)})">${picture}</g>`,
    ...cells,
    "</svg>",
  ].join("\n");
}

interface Cell {
  readonly x: number;
  readonly y: number;
  /** In units of the picture. */
  readonly side: number;
  readonly view: PictureOptions["view"];
}

function cell({ tokens, residual, negative }: PatchTokens, { x, y, side, view }: Cell): string {
  const lines = tokens.map(({ row, weight }) => [tokenLabel(view.tokens[row]!), weightLabel(weight)] as const);
  const title = [
    `column ${x + 1}, row ${y + 1}`,
    ...lines.map((line) => line.join(" ")),
    ...(residual === undefined ? [] : [`residual ${weightLabel(residual)}`]),
    ...(negative === undefined ? [] : [`negative ${weightLabel(negative)}`]),
  ].join("\n");
  const box = `<rect width="${short(side)}" height="${short(side)}"/>`;
  return `<title>${escapeHtml(title)}</title>${box}${text(lines, side)}`;
}

/**
 * As many lines as fit. A single line leaves out its weight and becomes smaller if need be; nothing where even that is too
 * wide.
 */
function text(lines: readonly (readonly [label: string, weight: string])[], side: number): string {
  const wanted = Math.min(LARGEST_TEXT, Math.max(12, SHARE * side));
  const room = Math.floor(side / (wanted * LINE)) - 1;
  const written =
    side < SEVERAL_LINES
      ? lines.slice(0, 1).map(([label]) => label)
      : lines.slice(0, room).map((line) => line.join(" "));
  const widest = Math.max(...written.map((line) => stringWidth(line)));
  const size = Math.min(side < SEVERAL_LINES ? LARGEST_SINGLE : wanted, side / (CHARACTER * (widest + 1)));
  if (written.length === 0 || size < LEAST_TEXT) return "";
  const middle = short(side / 2);
  const first = (side - (written.length - 1) * size * LINE) / 2;
  const spans = written.map(
    (line, i) => `<tspan x="${middle}" y="${short(first + i * size * LINE)}">${escapeHtml(line)}</tspan>`,
  );
  return `<text font-size="${short(size)}">${spans.join("")}</text>`;
}

/** Two decimals at most: a page has thousands of these numbers. */
const short = (value: number): string => String(Number(value.toFixed(2)));

export const PICTURE_STYLE = `
svg.patches { width: 100%; height: auto; display: block; background: #888 }
svg.patches rect { fill: transparent; stroke: #fff; stroke-opacity: .25 }
svg.patches g:hover > rect { fill: #000; fill-opacity: .35; stroke-opacity: 1 }
svg.patches text { fill: #fff; stroke: #000; stroke-width: 2.5; stroke-opacity: .8; paint-order: stroke; text-anchor: middle;
  dominant-baseline: central; pointer-events: none; font-family: ui-monospace, monospace }`;

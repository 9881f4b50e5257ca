import type { Size } from "./image-processor.js";
import type { TileScheme } from "./image-scheme.js";
import type { TileGrid } from "./tile-grid.js";

/** How the vectors of a picture's views go together, known before any of them is made. */
export interface ViewLayout {
  readonly views: number;
  /** Views in front whose vectors stay as they are. */
  readonly whole: number;
  /** The vectors of the other views, laid out as their tiles lie. */
  readonly area?: TileArea;
  /** A line break stands behind everything. */
  readonly breaksBehind: boolean;
}

/** The part of the tiles' patches that is kept. */
export interface TileArea {
  readonly grid: TileGrid;
  /** Patches along each side of a tile. */
  readonly side: number;
  /** The kept patches: the first row and column, and how many of each. */
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
  /** What they are pooled to, where they are too many. */
  readonly pooled?: { readonly rows: number; readonly columns: number };
  /** A line break stands behind each row. */
  readonly breaks: boolean;
}

/** The layout of one view. */
export const ONE_VIEW: ViewLayout = { views: 1, whole: 1, breaksBehind: false };

export interface TileLayoutOptions {
  readonly scheme: TileScheme;
  readonly grid: TileGrid;
  /** Patches along each side of a tile. */
  readonly side: number;
}

/** The layout of a picture of some size on its grid. Source: LLaVA-NeXT, llava_arch.py, `prepare_inputs_labels_for_multimodal`. */
export function tileLayout(picture: Size, { scheme, grid, side }: TileLayoutOptions): ViewLayout {
  const views = 1 + grid.rows * grid.columns;
  if (scheme.merge === "flat") return { views, whole: views, breaksBehind: false };
  const all = { top: 0, left: 0, rows: grid.rows * side, columns: grid.columns * side };
  const unpads = scheme.merge === "spatial_unpad";
  const kept = unpads ? withoutPadding(picture, all, scheme) : all;
  const pooled = scheme.mostTiles === undefined ? undefined : pooledSize(kept, scheme.mostTiles * side ** 2);
  return {
    ...{ views, whole: 1, breaksBehind: false },
    area: { grid, side, ...kept, ...(pooled && { pooled }), breaks: scheme.breaks },
  };
}

type Region = Pick<TileArea, "top" | "left" | "rows" | "columns">;

/** The patches that a picture covers; an odd rest stays. Source: LLaVA, `unpad_image`; transformers rounds once more. */
function withoutPadding({ height, width }: Size, all: Region, { code }: TileScheme): Region {
  const whole = (value: number): number => Math.trunc(code === "transformers" ? Math.round(value * 1e7) / 1e7 : value);
  if (width / height > all.columns / all.rows) {
    const top = Math.floor((all.rows - whole(height * (all.columns / width))) / 2);
    return { ...all, top, rows: all.rows - 2 * top };
  }
  const left = Math.floor((all.columns - whole(width * (all.rows / height))) / 2);
  return { ...all, left, columns: all.columns - 2 * left };
}

/** How much too long a side may be before vectors are pooled. */
const POOLED_ABOVE = 1.1;

function pooledSize({ rows, columns }: Region, most: number): TileArea["pooled"] {
  const ratio = Math.sqrt((rows * columns) / most);
  if (ratio <= POOLED_ABOVE) return undefined;
  return { rows: Math.floor(rows / ratio), columns: Math.floor(columns / ratio) };
}

/** How many vectors the LLM is given of a picture; `perView` are those that the tower gives of a view. */
export function countVectors({ whole, area, breaksBehind }: ViewLayout, perView: number): number {
  const { rows, columns } = area?.pooled ?? area ?? { rows: 0, columns: 0 };
  return whole * perView + rows * (columns + Number(area?.breaks ?? false)) + Number(breaksBehind);
}

/**
 * The vectors of a picture in the LLM's order.
 *
 * @param views of each view (perView, width)
 * @param lineBreak (width), where the layout has line breaks
 * @returns (countVectors, width)
 */
export function joinViews(layout: ViewLayout, views: readonly Float32Array[], lineBreak?: Float32Array): Float32Array {
  const { whole, area, breaksBehind } = layout;
  if (area === undefined && !breaksBehind && views.length === 1) return views[0]!;
  const width = lineBreak?.length ?? widthOf(layout, views);
  const perView = views[0]!.length / width;
  const joined = new Float32Array(countVectors(layout, perView) * width);
  let at = 0;
  const put = (vectors: Float32Array): void => {
    joined.set(vectors, at);
    at += vectors.length;
  };
  for (const view of views.slice(0, whole)) put(view);
  if (area !== undefined) {
    const rowOf =
      area.pooled === undefined ? keptRow(area, views.slice(whole), width) : pooledRow(area, views.slice(whole), width);
    const { rows } = area.pooled ?? area;
    for (let row = 0; row < rows; row++) {
      put(rowOf(row));
      if (area.breaks) put(lineBreak!);
    }
  }
  if (breaksBehind) put(lineBreak!);
  return joined;
}

function widthOf({ area }: ViewLayout, views: readonly Float32Array[]): number {
  return area === undefined ? 1 : views[0]!.length / area.side ** 2;
}

/** Where the vector of a kept patch begins in the vectors of its tile. */
function placeOf({ grid, side, top, left }: TileArea, row: number, column: number): { tile: number; patch: number } {
  const [y, x] = [row + top, column + left];
  return { tile: Math.floor(y / side) * grid.columns + Math.floor(x / side), patch: (y % side) * side + (x % side) };
}

/** The vectors of a row of patches, (columns, width). */
function keptRow(area: TileArea, tiles: readonly Float32Array[], width: number): (row: number) => Float32Array {
  return (row) => {
    const vectors = new Float32Array(area.columns * width);
    for (let column = 0; column < area.columns; column++) {
      const { tile, patch } = placeOf(area, row, column);
      vectors.set(tiles[tile]!.subarray(patch * width, (patch + 1) * width), column * width);
    }
    return vectors;
  };
}

/**
 * The vectors of a row of pooled patches, each blended of the four that lie around its middle. Source: PyTorch, `interpolate` with mode
 * bilinear, corners not aligned.
 */
function pooledRow(area: TileArea, tiles: readonly Float32Array[], width: number): (row: number) => Float32Array {
  const { rows, columns } = area.pooled!;
  const around = (index: number, from: number, to: number): [before: number, after: number, share: number] => {
    const middle = Math.max(0, ((index + 0.5) * from) / to - 0.5);
    const before = Math.floor(middle);
    return [before, Math.min(before + 1, from - 1), middle - before];
  };
  return (row) => {
    const [above, below, down] = around(row, area.rows, rows);
    const vectors = new Float32Array(columns * width);
    for (let column = 0; column < columns; column++) {
      const [left, right, across] = around(column, area.columns, columns);
      const corners: readonly (readonly [number, number, number])[] = [
        [above, left, (1 - down) * (1 - across)],
        [above, right, (1 - down) * across],
        [below, left, down * (1 - across)],
        [below, right, down * across],
      ];
      for (const [y, x, share] of corners) {
        const { tile, patch } = placeOf(area, y, x);
        const vector = tiles[tile]!;
        for (let i = 0; i < width; i++) vectors[column * width + i]! += share * vector[patch * width + i]!;
      }
    }
    return vectors;
  };
}

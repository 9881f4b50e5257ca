import { InputError } from "../errors.js";
import type { Size } from "./image-processor.js";
import { MAX_TILES, type TileScheme } from "./image-scheme.js";
import { resize, type ResampleFilter } from "./resize.js";
import { paste, solidImage, type RgbImage } from "./rgb-image.js";

/** Tiles of a picture, (rows, columns). */
export interface TileGrid {
  readonly rows: number;
  readonly columns: number;
}

/**
 * The grids of a scheme for tiles of `side` pixels.
 *
 * @throws InputError naming `where` for a grid of no whole number of tiles, or of more than MAX_TILES
 */
export function tileGrids({ grids }: TileScheme, side: number, where: string): TileGrid[] {
  return grids.sizes.map(({ height, width }) => {
    const unit = grids.unit === "tiles" ? 1 : side;
    const grid = { rows: height / unit, columns: width / unit };
    if (!Number.isInteger(grid.rows) || !Number.isInteger(grid.columns)) {
      throw new InputError(
        `${where}: image_grid_pinpoints has a grid of ${width} x ${height} pixels, expected whole tiles of ${side} as the vision tower takes them`,
      );
    }
    if (grid.rows * grid.columns > MAX_TILES) {
      throw new InputError(
        `${where}: image_grid_pinpoints has a grid of ${grid.columns} x ${grid.rows} tiles, expected at most ${MAX_TILES} in all`,
      );
    }
    return grid;
  });
}

/**
 * The grid that shows most of a picture, of those that show as much the one with the least unused pixels, of equals the first. Source:
 * LLaVA, `select_best_resolution`.
 */
export function chooseGrid({ height, width }: Size, grids: readonly TileGrid[], side: number): TileGrid {
  let [best, most, least] = [grids[0]!, 0, Infinity];
  for (const grid of grids) {
    const [canvasHeight, canvasWidth] = [grid.rows * side, grid.columns * side];
    const scale = Math.min(canvasWidth / width, canvasHeight / height);
    const shown = Math.min(Math.trunc(width * scale) * Math.trunc(height * scale), width * height);
    const wasted = canvasHeight * canvasWidth - shown;
    if (shown > most || (shown === most && wasted < least)) [best, most, least] = [grid, shown, wasted];
  }
  return best;
}

/** The picture on its grid: as large as it fits, in the middle of black. Source: LLaVA, `resize_and_pad_image`. */
export function tileCanvas(
  image: RgbImage,
  { rows, columns }: TileGrid,
  side: number,
  filter: ResampleFilter,
): RgbImage {
  const [height, width] = [rows * side, columns * side];
  const [scaleHeight, scaleWidth] = [height / image.height, width / image.width];
  const fit =
    scaleWidth < scaleHeight
      ? { width, height: Math.min(Math.ceil(image.height * scaleWidth), height) }
      : { height, width: Math.min(Math.ceil(image.width * scaleHeight), width) };
  const canvas = solidImage(height, width, [0, 0, 0]);
  const resized = resize(image, fit.height, fit.width, filter);
  paste(canvas, resized, Math.floor((height - fit.height) / 2), Math.floor((width - fit.width) / 2));
  return canvas;
}

/** The tiles of a canvas, row by row. */
export function cutTiles(canvas: RgbImage, side: number): RgbImage[] {
  const tiles: RgbImage[] = [];
  for (let top = 0; top < canvas.height; top += side) {
    for (let left = 0; left < canvas.width; left += side) {
      const tile = solidImage(side, side, [0, 0, 0]);
      paste(tile, canvas, -top, -left);
      tiles.push(tile);
    }
  }
  return tiles;
}

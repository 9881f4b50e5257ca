import { z } from "zod";
import { InputError } from "../errors.js";
import { showValue } from "../show-value.js";
import type { Size } from "./image-processor.js";

/** How a picture becomes the views that a vision tower is given, and how their vectors go together. */
export interface ImageScheme {
  /** As `image_aspect_ratio` of a config says it. */
  readonly name: string;
  /** The picture is padded to a square of the mean colour first. */
  readonly pads?: true;
  /** The learned line break stands behind the vectors of a view that is alone. */
  readonly breaksBehind?: true;
  /** A picture is cut into tiles behind a view of the whole of it. */
  readonly tiles?: TileScheme;
  /** How each picture of several in a prompt is seen, where that differs. */
  readonly several?: ImageScheme;
}

export interface TileScheme {
  /** The grids that a picture may be laid on, in the order that decides between equals. */
  readonly grids: GridSizes;
  /** How the vectors of tiles are joined. */
  readonly merge: MergeType;
  /** The learned line break stands behind each row of patches. */
  readonly breaks: boolean;
  /** Tiles' worth of vectors, beyond which they are pooled; absent where they never are. */
  readonly mostTiles?: number;
  /** Whose arithmetic is followed where the two differ by rounding. */
  readonly code: "llava" | "transformers";
}

/** (width, height) of LLaVA's code, in pixels or in tiles. */
interface GridSizes {
  readonly unit: "pixels" | "tiles";
  readonly sizes: readonly Size[];
}

/** "flat": one view behind another. "spatial": row by row across the tiles. "spatial_unpad": the same without the padding. */
const MERGE_TYPES = ["flat", "spatial", "spatial_unpad"] as const;
export type MergeType = (typeof MERGE_TYPES)[number];

/** The picture as it is, left to the image processor. */
export const SQUARE: ImageScheme = { name: "square" };
const PAD: ImageScheme = { name: "pad", pads: true };

/** Most grids to choose from; the largest real list has 36. */
const MAX_GRIDS = 1024;

/** Most tiles of a picture; the largest real grid has 36. */
export const MAX_TILES = 144;

const side = z
  .int()
  .positive()
  .max(2 ** 24);
const sizePair = z.tuple([side, side]);
const SIZE_LIST = z.array(sizePair).min(1).max(MAX_GRIDS);

interface SchemeFields {
  readonly image_aspect_ratio?: unknown;
  readonly image_grid_pinpoints?: unknown;
  readonly mm_patch_merge_type?: unknown;
  readonly s2?: unknown;
  readonly use_s2?: unknown;
}

/** How LLaVA's configs and Bunny's say that features of several sizes of a picture stand side by side (S2, arXiv 2403.13043). */
const SCALE_KEYS = ["s2", "use_s2"] as const;

/** How a config names each scheme. */
interface SchemeRow {
  readonly shown: string;
  readonly pattern: RegExp;
  readonly read: (config: SchemeFields, where: string, match: RegExpExecArray) => ImageScheme;
}

/** The schemes of LLaVA's configs. Source: haotian-liu/LLaVA and LLaVA-VL/LLaVA-NeXT, llava/mm_utils.py and llava_arch.py. */
const SCHEMES: readonly SchemeRow[] = [
  { shown: "square", pattern: /^square$/, read: () => SQUARE },
  { shown: "pad", pattern: /^pad$/, read: () => PAD },
  {
    shown: "anyres",
    pattern: /^anyres$/,
    read: (config, where, { input }) => {
      return { name: input, tiles: llavaTiles(config, where) };
    },
  },
  {
    shown: "anyres_max_N",
    pattern: /^anyres_max_(\d{1,4})$/,
    read: (config, where, { input, 1: most }) => {
      const tiles = llavaTiles(config, where);
      const mostTiles = requireCount(Number(most), input, where);
      // Only rows without padding are pooled and have line breaks.
      if (!tiles.breaks) return { name: input, tiles, several: PAD };
      return { name: input, tiles: { ...tiles, mostTiles }, several: { ...PAD, breaksBehind: true } };
    },
  },
];

/**
 * Reads how a LLaVA config.json has pictures seen; an absent or null `image_aspect_ratio` means "square", as in LLaVA.
 *
 * @throws InputError for a scheme or a setting that is not supported, naming it
 */
export function parseImageScheme(config: SchemeFields, where: string): ImageScheme {
  const scaled = SCALE_KEYS.find((key) => config[key] === true);
  if (scaled !== undefined) {
    throw new InputError(
      `${where}: ${scaled} is true: its projector takes features of several sizes of a picture (S2), which are not made here; supported: checkpoints of one size`,
    );
  }
  const name = config.image_aspect_ratio ?? SQUARE.name;
  for (const { pattern, read } of SCHEMES) {
    const match = typeof name === "string" ? pattern.exec(name) : null;
    if (match !== null) return read(config, where, match);
  }
  const supported = SCHEMES.map(({ shown }) => shown).join(", ");
  throw new InputError(
    `${where}: image_aspect_ratio is ${showValue(name)}; pictures cannot be seen that way here, supported: ${supported}`,
  );
}

function llavaTiles(config: SchemeFields, where: string): TileScheme {
  const merge = mergeOf(config, where);
  return { grids: gridsOf(config, where), merge, breaks: merge === "spatial_unpad", code: "llava" };
}

/** The same scheme without line breaks, for a model that has no vector for them. */
export function withoutBreaks({ name, pads, tiles, several }: ImageScheme): ImageScheme {
  return {
    name,
    ...(pads && { pads }),
    ...(tiles && { tiles: { ...tiles, breaks: false } }),
    ...(several && { several: withoutBreaks(several) }),
  };
}

/** Whether vectors of pictures need the learned line break. */
export const needsLineBreak = ({ breaksBehind, tiles, several }: ImageScheme): boolean =>
  breaksBehind === true || tiles?.breaks === true || (several !== undefined && needsLineBreak(several));

/**
 * The scheme of transformers' `llava_next` and, with `vision_aspect_ratio`, of `llava_onevision`, which pools and pads the pictures of a
 * prompt that has several. Source: transformers, processing_llava_next.py and processing_llava_onevision.py.
 *
 * @throws InputError for grids that are none, and for another `vision_aspect_ratio`
 */
export function transformersTiles(
  config: { readonly image_grid_pinpoints?: unknown; readonly vision_aspect_ratio?: unknown },
  where: string,
  { pools }: { readonly pools: boolean },
): ImageScheme {
  const sizes = readSizes(config.image_grid_pinpoints, where);
  const grids = { unit: "pixels", sizes: sizes.map(([height, width]) => ({ height, width })) } as const;
  const tiles = { grids, merge: "spatial_unpad", breaks: true, code: "transformers" } as const;
  if (!pools) return { name: "anyres", tiles };
  const said = config.vision_aspect_ratio ?? "anyres_max_9";
  const match = typeof said === "string" ? /^anyres_max_(\d{1,4})$/.exec(said) : null;
  if (match === null) {
    throw new InputError(
      `${where}: vision_aspect_ratio is ${showValue(said)}; pictures cannot be seen that way here, supported: anyres_max_N`,
    );
  }
  const mostTiles = requireCount(Number(match[1]), match[0], where);
  return { name: match[0], tiles: { ...tiles, mostTiles }, several: { ...PAD, breaksBehind: true } };
}

function requireCount(count: number, name: string, where: string): number {
  if (count >= 1) return count;
  throw new InputError(`${where}: image_aspect_ratio is "${name}", expected room for one tile at least`);
}

function mergeOf({ mm_patch_merge_type: merge }: SchemeFields, where: string): MergeType {
  const found = MERGE_TYPES.find((type) => type === (merge ?? "flat"));
  if (found !== undefined) return found;
  throw new InputError(
    `${where}: mm_patch_merge_type is ${showValue(merge)}; tiles cannot be joined that way here, supported: ${MERGE_TYPES.join(", ")}`,
  );
}

/** The grids of a LLaVA config, each (width, height). */
function gridsOf({ image_grid_pinpoints: value }: SchemeFields, where: string): GridSizes {
  const range = typeof value === "string" ? RANGE.exec(value) : null;
  if (range === null) {
    return { unit: "pixels", sizes: readSizes(value, where).map(([width, height]) => ({ width, height })) };
  }
  const [firstColumns, firstRows, lastColumns, lastRows] = range.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const count = Math.max(0, lastColumns - firstColumns + 1) * Math.max(0, lastRows - firstRows + 1);
  if (count < 1 || count > MAX_GRIDS || firstColumns < 1 || firstRows < 1) throw notGrids(value, where);
  const sizes: Size[] = [];
  for (let width = firstColumns; width <= lastColumns; width++) {
    for (let height = firstRows; height <= lastRows; height++) sizes.push({ width, height });
  }
  return { unit: "tiles", sizes };
}

/** "(1x1),...,(6x6)": every grid of that many columns and rows. */
const RANGE = /^\s*\((\d{1,4})x(\d{1,4})\)\s*,\s*\.\.\.\s*,\s*\((\d{1,4})x(\d{1,4})\)\s*$/;

function readSizes(value: unknown, where: string): [number, number][] {
  const parsed = SIZE_LIST.safeParse(typeof value === "string" ? jsonOf(value) : value);
  if (parsed.success) return parsed.data;
  throw notGrids(value, where);
}

/** Some configs hold the list as a text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replaceAll("(", "[").replaceAll(")", "]"));
  } catch {
    return undefined;
  }
}

function notGrids(value: unknown, where: string): InputError {
  return new InputError(
    `${where}: image_grid_pinpoints, the grids of anyres, is ${value === undefined ? "missing" : showValue(value)}, expected 1 to ${MAX_GRIDS} pairs of sides in pixels, or "(1x1),...,(6x6)"`,
  );
}

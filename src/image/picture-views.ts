import { InputError } from "../errors.js";
import { decodeImage } from "./decode.js";
import { requireSameSize, type ImageProcessor } from "./image-processor.js";
import type { ImageScheme, TileScheme } from "./image-scheme.js";
import { normalise } from "./normalise.js";
import { blankPixelValues, seenImage, type PixelValues } from "./preprocess.js";
import { resize } from "./resize.js";
import type { RgbImage } from "./rgb-image.js";
import { chooseGrid, cutTiles, tileCanvas, tileGrids, type TileGrid } from "./tile-grid.js";
import { countVectors, ONE_VIEW, tileLayout, type ViewLayout } from "./view-layout.js";

/** How a model sees pictures. */
export interface ViewSettings {
  readonly processor: ImageProcessor;
  readonly scheme: ImageScheme;
  readonly tower: {
    /** Height and width of a view, in pixels. */
    readonly imageSize: number;
    /** Vectors that are taken of a view. */
    readonly patches: number;
  };
  /** Most vectors of a picture: what the LLM's context holds. */
  readonly room?: number;
}

export interface PictureViewOptions {
  /** What errors call the picture. */
  readonly name?: string;
  /** The prompt has other pictures too, which some models see otherwise. */
  readonly isOneOfSeveral?: boolean;
}

/** What a vision tower is given of one picture. */
export interface PictureViews {
  /** The whole first, then tiles row by row. */
  readonly views: readonly PixelValues[];
  readonly layout: ViewLayout;
}

/** The whole of a picture and, where the scheme has tiles, the picture on its grid. */
interface SeenPicture {
  readonly whole: RgbImage;
  readonly canvas?: RgbImage;
  readonly layout: ViewLayout;
}

/**
 * Checks that a tower can see by a scheme; a picture then fails for its own faults alone.
 *
 * @throws InputError naming `where`: for an image processor of another size, and for grids that are no tiles of the tower
 */
export function checkViewSettings({ processor, scheme, tower }: ViewSettings, where: string): void {
  requireSameSize(processor, tower.imageSize, where);
  if (scheme.tiles === undefined) return;
  tileGrids(scheme.tiles, tower.imageSize, where);
  if (Number.isInteger(Math.sqrt(tower.patches))) return;
  throw new InputError(
    `${where}: tiles of ${tower.patches} vectors were asked for, expected a square of patches; the config takes the class token too, or leaves a patch out`,
  );
}

/**
 * The views of a picture.
 *
 * @throws what `seenPicture` throws
 */
export function pictureViews(image: RgbImage, settings: ViewSettings, options: PictureViewOptions = {}): PictureViews {
  const { whole, canvas, layout } = seenPicture(image, settings, options);
  const tiles = canvas === undefined ? [] : cutTiles(canvas, settings.tower.imageSize);
  const views = [whole, ...tiles].map((view): PixelValues => ({
    height: view.height,
    width: view.width,
    data: normalise(view, settings.processor),
  }));
  return { views, layout };
}

/**
 * Decodes a picture and makes its views.
 *
 * @param source path, or the bytes of a file
 * @throws InputError and UnavailableError as `decodeImage` does, and for a picture of more vectors than there is room for
 */
export async function openPicture(
  source: string | Uint8Array,
  settings: ViewSettings,
  options: PictureViewOptions = {},
): Promise<PictureViews> {
  const name = options.name ?? (typeof source === "string" ? source : "image");
  const image = await decodeImage(source, name);
  const count = countPictureVectors(image, settings, options);
  const { room = Infinity } = settings;
  if (count <= room) return pictureViews(image, settings, { ...options, name });
  throw new InputError(
    `${name}: ${image.width} x ${image.height} pixels become ${count} vectors for the LLM, its context holds ${room}; ask for a longer context, or make the picture smaller`,
  );
}

/** The views of no picture: one of zeros. */
export const blankPicture = ({ tower: { imageSize } }: Pick<ViewSettings, "tower">): PictureViews => ({
  views: [blankPixelValues({ height: imageSize, width: imageSize })],
  layout: ONE_VIEW,
});

/** How many vectors the LLM is given of a picture of some size; nothing is decoded or run for it. */
export function countPictureVectors(
  size: { readonly height: number; readonly width: number },
  { scheme, tower }: Pick<ViewSettings, "scheme" | "tower">,
  { isOneOfSeveral = false }: Pick<PictureViewOptions, "isOneOfSeveral"> = {},
): number {
  return countVectors(layoutOf(size, schemeFor(scheme, isOneOfSeveral), tower).layout, tower.patches);
}

/**
 * What is seen of a picture, before its values are normalised.
 *
 * @throws InputError when the picture would grow beyond MAX_IMAGE_PIXELS
 */
function seenPicture(
  image: RgbImage,
  { processor, scheme: all, tower }: ViewSettings,
  { name, isOneOfSeveral = false }: PictureViewOptions = {},
): SeenPicture {
  const scheme = schemeFor(all, isOneOfSeveral);
  const { layout, grid } = layoutOf(image, scheme, tower);
  if (grid === undefined) {
    const imageAspectRatio = scheme.pads ? "pad" : "square";
    return { whole: seenImage(image, processor, { imageAspectRatio, ...(name !== undefined && { name }) }), layout };
  }
  const { imageSize: side } = tower;
  // LLaVA's code resizes by Pillow's own choice, whatever the processor says.
  const filter = scheme.tiles!.code === "llava" ? "bicubic" : processor.filter;
  return { whole: resize(image, side, side, filter), canvas: tileCanvas(image, grid, side, filter), layout };
}

const schemeFor = (scheme: ImageScheme, isOneOfSeveral: boolean): ImageScheme =>
  (isOneOfSeveral ? scheme.several : undefined) ?? scheme;

function layoutOf(
  size: { readonly height: number; readonly width: number },
  { tiles, breaksBehind }: ImageScheme,
  { imageSize, patches }: ViewSettings["tower"],
): { readonly layout: ViewLayout; readonly grid?: TileGrid } {
  if (tiles === undefined) return { layout: { ...ONE_VIEW, breaksBehind: breaksBehind === true } };
  const grid = chosenGrid(size, tiles, imageSize);
  return { layout: tileLayout(size, { scheme: tiles, grid, side: Math.sqrt(patches) }), grid };
}

const chosenGrid = (
  size: { readonly height: number; readonly width: number },
  tiles: TileScheme,
  side: number,
): TileGrid => chooseGrid(size, tileGrids(tiles, side, "the model"), side);

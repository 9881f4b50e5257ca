import { z } from "zod";
import { InputError } from "../errors.js";
import { checkJson } from "../files/check-json.js";
import { fileOf, modelFiles, type ModelFiles } from "../files/model-files.js";
import { showValue } from "../show-value.js";
import type { ResampleFilter } from "./resize.js";

type Triple = readonly [number, number, number];

/** What an image processor does to an RGB image, in this order, to make the vision tower's input. */
export interface ImageProcessor {
  /** LLaVA's own processor pads to a square of the mean colour first, when it is told to; absent for all others. */
  readonly pad?: true;
  /** Undefined leaves the size as it is; `shortestEdge` keeps the aspect ratio. */
  readonly resize: { readonly shortestEdge: number } | Size | undefined;
  readonly filter: ResampleFilter;
  readonly crop: Size | undefined;
  /** Undefined leaves 0 to 255. */
  readonly rescaleFactor: number | undefined;
  /** Of red, green and blue on the rescaled values; LLaVA's padding has this colour. */
  readonly mean: Triple;
  /** Undefined leaves the rescaled values. */
  readonly std: Triple | undefined;
}

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** A class of transformers' image processors, as the file of a vision family describes it. */
export interface ImageProcessorKind {
  /** Its names over the releases, the current one first. */
  readonly names: readonly string[];
  /** The values of keys that are absent. */
  readonly defaults: {
    readonly mean: Triple;
    readonly std: Triple;
    readonly size: { readonly shortestEdge: number } | Size;
    /** Absent for a class that does not crop. */
    readonly crop?: Size;
    readonly filter: ResampleFilter;
  };
  /** `do_pad` pads to a square of the mean colour first. */
  readonly pads?: true;
  /** `do_pad` adds views that no model sees, so that pictures of one batch have as many. */
  readonly padsBatch?: true;
}

/** Pillow's numbers of the filters (`Image.Resampling`). */
const FILTER_NUMBERS: Readonly<Record<number, ResampleFilter>> = { 1: "lanczos", 2: "bilinear", 3: "bicubic" };

/** Sides beyond this, in pixels, are a mistake in the file: CLIP towers read 224 to 336, and 3 x 4096^2 floats are 201 MB. */
const MAX_SIDE = 4096;

/** An error of a field: its value, and what is supported. */
const expected = (what: string) => ({
  error: ({ input }: { readonly input?: unknown }): string => `is ${showValue(input)}, expected ${what}`,
});

const wholeSide = expected(`whole numbers of 1 to ${MAX_SIDE}`);
const side = z.int().min(1, wholeSide).max(MAX_SIDE, wholeSide);
const pair = z.tuple([side, side]).transform(([height, width]) => ({ height, width }));
const heightWidth = z.strictObject({ height: side, width: side });
const shortestEdge = z
  .strictObject({ shortest_edge: side })
  .transform(({ shortest_edge }) => ({ shortestEdge: shortest_edge }));
const cropTo = z.union([side, pair, heightWidth], expected('a number, {"height", "width"} or [height, width]'));
const resizeTo = z.union(
  [side, pair, heightWidth, shortestEdge],
  expected('a number, {"shortest_edge"}, {"height", "width"} or [height, width]'),
);
const triple = z.tuple([z.number(), z.number(), z.number()], expected("three numbers"));
/** Least standard deviation of a channel, and most of a mean and of a factor: real ones are near 1, and what pixels become must be finite. */
const [MIN_STD, MAX_SCALE] = [1e-6, 1e6];
const means = triple.refine(
  (values) => values.every((value) => Math.abs(value) <= MAX_SCALE),
  expected(`three numbers of ${MAX_SCALE} or less`),
);
const deviations = triple.refine(
  (values) => values.every((value) => value >= MIN_STD),
  expected(`three numbers of ${MIN_STD} or more`),
);

const aboveZero = expected(`a number above 0, ${MAX_SCALE} at most`);

/** A field that would change the values in a way that is not built: absent, null and false pass. */
const unsupported = z
  .unknown()
  .optional()
  .refine((value) => value === undefined || value === null || value === false, expected("false: it is not supported"));

const flag = (absent: boolean): z.ZodType<boolean> =>
  z
    .boolean()
    .nullish()
    .transform((value) => value ?? absent);

/** preprocessor_config.json: the spelling of 2021 (numbers, `feature_extractor_type`) and today's. */
const schema = z.looseObject({
  do_resize: flag(true),
  size: resizeTo.nullish(),
  default_to_square: flag(false),
  resample: z
    .literal(Object.keys(FILTER_NUMBERS).map(Number), expected("1 (lanczos), 2 (bilinear) or 3 (bicubic)"))
    .nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: cropTo.nullish(),
  do_rescale: flag(true),
  rescale_factor: z.number().positive(aboveZero).max(MAX_SCALE, aboveZero).nullish(),
  do_normalize: flag(true),
  image_mean: means.nullish(),
  image_std: deviations.nullish(),
  do_flip_channel_order: unsupported,
  use_square_size: unsupported,
  do_reduce_labels: unsupported,
});

const paddingSchema = schema.extend({ do_pad: flag(false) });
const schemaWithoutPadding = schema.extend({ do_pad: unsupported });
const schemaOfBatches = schema.extend({ do_pad: z.boolean().nullish() });

type Fields = z.infer<typeof schema> & { readonly do_pad?: unknown };

/**
 * Reads a parsed preprocessor_config.json of one of `kinds`; one that names no class is of the first.
 *
 * @throws InputError naming `path`, the key and what is supported
 */
export function parseImageProcessor(
  config: unknown,
  path: string,
  kinds: readonly ImageProcessorKind[],
): ImageProcessor {
  const { defaults, pads, padsBatch } = kindOf(config, path, kinds);
  const ownSchema = padsBatch ? schemaOfBatches : pads ? paddingSchema : schemaWithoutPadding;
  const fields = checkJson<Fields>(ownSchema, config, path);
  const crop = fields.crop_size ?? defaults.crop;
  return {
    ...(pads && fields.do_pad === true && { pad: true }),
    resize: fields.do_resize ? resizeOf(fields.size ?? defaults.size, fields.default_to_square) : undefined,
    filter: fields.resample == null ? defaults.filter : FILTER_NUMBERS[fields.resample]!,
    crop: (fields.do_center_crop ?? defaults.crop !== undefined) && crop !== undefined ? squareOf(crop) : undefined,
    rescaleFactor: fields.do_rescale ? (fields.rescale_factor ?? 1 / 255) : undefined,
    mean: fields.image_mean ?? defaults.mean,
    std: fields.do_normalize ? (fields.image_std ?? defaults.std) : undefined,
  };
}

/** The class that a file names, by today's key or that of 2021. */
function kindOf(config: unknown, path: string, kinds: readonly ImageProcessorKind[]): ImageProcessorKind {
  const names = kinds.flatMap((kind) => kind.names);
  const known = z.enum(names, expected(`one of ${names.join(", ")}`)).nullish();
  const types = z.looseObject({ image_processor_type: known, feature_extractor_type: known });
  const { image_processor_type: name, feature_extractor_type: oldName } = checkJson(types, config, path);
  return kinds.find((kind) => kind.names.includes(name ?? oldName ?? "")) ?? kinds[0]!;
}

const squareOf = (size: number | Size): Size => (typeof size === "number" ? { height: size, width: size } : size);

function resizeOf(
  size: number | Size | { readonly shortestEdge: number },
  square: boolean,
): NonNullable<ImageProcessor["resize"]> {
  if (typeof size !== "number") return size;
  return square ? squareOf(size) : { shortestEdge: size };
}

/**
 * Reads how images are resized, as the file says it: preprocessor_config.json, or the `image_processor` of
 * processor_config.json, which newer releases of transformers write.
 *
 * @throws InputError when the folder holds neither
 */
export async function readImageProcessorConfig(
  folder: string | ModelFiles,
): Promise<{ readonly config: Readonly<Record<string, unknown>>; readonly path: string }> {
  const files = modelFiles(folder);
  const [own, combined] = ["preprocessor_config.json", "processor_config.json"] as const;
  const path = fileOf(files, own);
  if (await files.has(own)) {
    return { config: checkJson(z.looseObject({}), (await files.readJson(own)).json, path), path };
  }
  if (await files.has(combined)) {
    const { image_processor } = checkJson(
      z.looseObject({ image_processor: z.looseObject({}).optional() }),
      (await files.readJson(combined)).json,
      fileOf(files, combined),
    );
    if (image_processor !== undefined) return { config: image_processor, path: fileOf(files, combined) };
  }
  throw new InputError(
    `${files.path}: holds no preprocessor_config.json, which says how images are resized; copy it from the folder of the vision tower`,
  );
}

/** Checked before the weights are loaded: images of another size than the tower's would be refused one by one. */
export function requireSameSize({ crop, resize }: ImageProcessor, size: number, vision: string): void {
  const made = crop ?? (resize !== undefined && "height" in resize ? resize : undefined);
  if (made === undefined || (made.height === size && made.width === size)) return;
  throw new InputError(
    `${vision}: preprocessor_config.json makes images of ${made.height} x ${made.width}, the tower of config.json takes ${size} x ${size}; they are of different models`,
  );
}

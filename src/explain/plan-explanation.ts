import { resolve, sep } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { hashMatrix } from "../adapter/hash-matrix.js";
import { openAdapterFeatures } from "../adapter/adapter-features.js";
import { loadAdapter, type Adapter } from "../adapter/load.js";
import { hashFeatureFile, missingEntries, type FeatureFile } from "../checkpoint/feature-file.js";
import { hashModel } from "../checkpoint/hash-model.js";
import { z } from "zod";
import { InputError } from "../errors.js";
import { checkOptions } from "../files/check-json.js";
import { flagOption, keyOption, optionsOf, textOption, workOptions } from "../files/option-schemas.js";
import { LENSES } from "./lens.js";
import {
  patchesPerSide,
  vectorsBeforePatches,
  visionSelection,
  type VisionSpec,
} from "../model/vision/vision-family.js";
import { checkProjector, type ProjectorWeights } from "../model/projector/projector-graph.js";
import type { Progress } from "../progress.js";
import { loadImageProcessor } from "../model/vision/image-processors.js";
import type { ImageAspectRatio } from "../image/preprocess.js";
import { requireSameSize } from "../image/image-processor.js";
import { projectorWeights } from "../runtime/parts/projector-weights.js";
import { requireOneView, visionSettings, type VisionSettings } from "../runtime/parts/vision-settings.js";
import { VisionTower, type VisionOptions } from "../runtime/parts/vision-tower.js";
import { openTowerCheckpoint, openTowerFiles } from "../model/gguf/open-mmproj.js";
import { openLlmVocabulary, type LlmVocabulary } from "../model/llm/llm-folder.js";
import { vectorScale } from "../adapter/vector-scale.js";
import { describeChangedRows } from "../adapter/changed-rows.js";
import { chooseLens, requireUsed, type ChosenLens, type LensRequest } from "./choose-lens.js";
import { checkImages, type CheckedImage, type ImagePreprocessing } from "./check-images.js";

/** How the vectors of an image are ordered: row by row, behind the class token where that is kept. */
export interface PatchGrid {
  /** Side of a patch in pixels of the preprocessed picture; a remainder at the right and below is in no patch. */
  readonly patchSize: number;
  readonly rows: number;
  readonly columns: number;
  readonly classToken: boolean;
}

/** Through what to look, and how. */
interface ViewOptions extends Pick<LensRequest, "by" | "k" | "words"> {
  /** Folder or file of the adapter. */
  readonly adapter: string;
  /** Folder of the LLM whose tokens an ordinary projector, or a cosine, is described by. */
  readonly llm?: string | undefined;
  /** Folder of the LLM that `llm`, a LoRA, changes. */
  readonly baseLlm?: string | undefined;
  /** Another adapter that shows the same patches. */
  readonly compare?: string | undefined;
  /** Vocabulary file of the adapter, and of a second one that came without its own; with `llm`, a list of its tokens. */
  readonly vocabularyFile?: string | undefined;
  /** File with the vocabulary matrix of an adapter that came without it. */
  readonly matrixFile?: string | undefined;
  /** Tokens of a patch, at most; 5 when left out. */
  readonly top?: number | undefined;
  /** Show what a patch has more of than the mean patch of its image. */
  readonly contrast?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/** What to explain, and how. */
export interface ExplainOptions extends ViewOptions {
  readonly images: readonly string[];
  /** Folder of the vision tower. */
  readonly vision: string;
}

/** What to explain of features that were made elsewhere, and how. */
export interface ExplainFeaturesOptions extends ViewOptions {
  /** A .safetensors or .npy file of features; see `openFeatureFile`. */
  readonly features: string;
  /** Names of its entries; all of them when left out. */
  readonly entries?: readonly string[] | undefined;
}

const viewOptions = {
  adapter: textOption,
  llm: textOption.optional(),
  baseLlm: textOption.optional(),
  compare: textOption.optional(),
  vocabularyFile: textOption.optional(),
  matrixFile: textOption.optional(),
  by: keyOption(LENSES).optional(),
  // What a lens takes of these it checks itself.
  top: z.number().optional(),
  k: z.number().optional(),
  words: z.number().optional(),
  contrast: flagOption,
  ...workOptions,
};

const explainOptions = optionsOf<ExplainOptions>()({ ...viewOptions, images: z.array(textOption), vision: textOption });

const featureOptions = optionsOf<ExplainFeaturesOptions>()({
  ...viewOptions,
  features: textOption,
  entries: z.array(textOption).optional(),
});

/** One adapter and its lens. */
export interface View extends ChosenLens {
  readonly adapter: Adapter;
  /** Its name in tables. */
  readonly name: string;
  readonly projector: ProjectorWeights;
}

/** What was checked and decided of the adapters before a weight is read. */
interface ViewsPlan {
  /** The adapter, and the one that it is compared with. */
  readonly views: readonly [View] | readonly [View, View];
  readonly top: number;
  readonly contrast: boolean;
  /** Hashes of the models, by name. */
  readonly identity: Readonly<Record<string, string>>;
  /** What may be wrong though all of it runs, one line each. */
  readonly warnings: readonly string[];
}

/** The same with the pictures and what sees them. */
export interface ExplainPlan extends ViewsPlan {
  readonly images: readonly CheckedImage[];
  readonly vision: string;
  readonly visionOptions: VisionOptions;
  readonly preprocessing: ImagePreprocessing;
  readonly grid: PatchGrid;
}

/** An entry of a file of features that can be explained. */
export interface CheckedEntry {
  /** Its name. */
  readonly file: string;
  /** How many vectors it has, each of which stands where a patch of a picture would. */
  readonly vectors: number;
}

/** The same with the entries of a file of features. */
export interface ExplainFeaturesPlan extends ViewsPlan {
  readonly entries: readonly CheckedEntry[];
  readonly features: FeatureFile;
}

export const isOfFeatures = (plan: ExplainPlan | ExplainFeaturesPlan): plan is ExplainFeaturesPlan =>
  "features" in plan;

const DEFAULT_TOP = 5;

/**
 * Decides how images are explained and checks all that can be checked without reading weights: folders, widths, names of
 * rows, options and every image.
 *
 * @throws InputError for what does not fit
 */
export async function planExplanation(options: ExplainOptions): Promise<ExplainPlan> {
  checkOptions(explainOptions, options, "the options of planExplanation");
  const { vision, contrast = false, signal, onProgress } = options;
  onProgress?.({ stage: "reading headers and settings", done: 0, total: 0 });
  const spec = await VisionTower.spec(vision);
  const [adapter, other] = await loadAdapters(options);
  for (const one of other === undefined ? [adapter] : [adapter, other]) requireFeatures(one, spec.hiddenSize, vision);
  const { visionOptions, imageAspectRatio } = sharedImageSettings(adapter, other);
  const grid = gridOf(spec, visionOptions, adapter.path);
  requireSeveral(grid.rows * grid.columns, contrast, "the vision tower sees an image as one patch");
  const views = await planViews(options, adapter, other);
  const processor = await loadImageProcessor(await openTowerFiles(vision));
  requireSameSize(processor, spec.imageSize, vision);
  const preprocessing = { processor, imageAspectRatio };
  return {
    images: await checkImages(options.images, preprocessing, { signal, onProgress }),
    ...views,
    ...{ vision, visionOptions, preprocessing, grid },
    identity: { ...views.identity, vision: await hashModel(await openTowerCheckpoint(vision)) },
  };
}

/**
 * The same for entries of a file of features, which stand in place of what a vision tower makes of pictures.
 *
 * @throws InputError for what does not fit, and for names that no entry has
 */
export async function planFeatureExplanation(options: ExplainFeaturesOptions): Promise<ExplainFeaturesPlan> {
  checkOptions(featureOptions, options, "the options of planFeatureExplanation");
  const { contrast = false, onProgress } = options;
  onProgress?.({ stage: "reading headers and settings", done: 0, total: 0 });
  const [adapter, other] = await loadAdapters(options);
  const features = await openAdapterFeatures(options.features, adapter);
  if (other !== undefined) await openAdapterFeatures(options.features, other);
  const names = options.entries ?? [...features.entries.keys()];
  refuseTwice(names);
  const unknown = names.filter((name) => !features.entries.has(name));
  if (unknown.length > 0) throw missingEntries(features, unknown);
  const entries = names.map((file) => ({ file, vectors: features.entries.get(file)!.vectors }));
  for (const { file, vectors } of entries) {
    requireSeveral(vectors, contrast, `entry ${JSON.stringify(file)} of ${features.path} is one vector`);
  }
  const views = await planViews(options, adapter, other);
  const identity = { ...views.identity, features: await hashFeatureFile(features.path) };
  return { ...views, entries, features, identity };
}

function refuseTwice(names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new InputError(`${JSON.stringify(twice)}: is given twice; give it once`);
}

async function loadAdapters({ adapter, compare, matrixFile }: ViewOptions): Promise<[Adapter, Adapter | undefined]> {
  const first = await loadAdapter(adapter, { matrixFile });
  return [first, compare === undefined ? undefined : await loadCompared(compare, matrixFile)];
}

async function planViews(options: ViewOptions, adapter: Adapter, other: Adapter | undefined): Promise<ViewsPlan> {
  const { top = DEFAULT_TOP, contrast = false } = options;
  const llm = options.llm === undefined ? undefined : await openLlmVocabulary(options.llm, { base: options.baseLlm });
  const request = { ...options, llm, top };
  // One of two adapters may need no LLM: a list then names tokens of the LLM, for the other adapter.
  const first = await openView(adapter, { ...request, prefersOwnLabels: other !== undefined && llm !== undefined });
  const second = other && (await openView(other, { ...request, prefersOwnLabels: true }));
  const views = second === undefined ? ([first] as const) : namedApart(first, second);
  requireUsed(request, views);
  const identity = await identify({ adapter, other, llm });
  return { views, top, contrast, identity, warnings: await warningsOf(views, llm) };
}

async function openView(adapter: Adapter, request: Omit<LensRequest, "adapter">): Promise<View> {
  const projector = projectorWeights(adapter);
  checkProjector(projector);
  return { adapter, name: adapter.name, projector, ...(await chooseLens({ ...request, adapter })) };
}

/** A second adapter without a matrix of its own has that of the first, as two trainings over the same rows do. */
async function loadCompared(path: string, matrixFile: string | undefined): Promise<Adapter> {
  const adapter = await loadAdapter(path);
  const lacksMatrix = adapter.projector.kind === "mm_vocab" && adapter.matrix === undefined;
  return lacksMatrix && matrixFile !== undefined ? loadAdapter(path, { matrixFile }) : adapter;
}

/** Checks the width by the configs alone. */
function requireFeatures({ path, projector }: Adapter, width: number, vision: string): void {
  if (projector.visionHiddenSize === width) return;
  throw new InputError(
    `${path}: takes features of ${projector.visionHiddenSize} numbers, the vision tower ${vision} makes ${width}; name the tower that it was trained with`,
  );
}

/**
 * How both adapters take images.
 *
 * @throws InputError when they differ: the patches would not be the same
 */
function sharedImageSettings(adapter: Adapter, other: Adapter | undefined): ImageSettings {
  const seen = imageSettingsOf(adapter);
  if (other === undefined || isDeepStrictEqual(imageSettingsOf(other), seen)) return seen;
  throw new InputError(
    `${other.path}: sees images by ${describeImageSettings(imageSettingsOf(other))}, ${adapter.path} by ${describeImageSettings(seen)}; side by side both need the same`,
  );
}

interface ImageSettings extends Pick<VisionSettings, "visionOptions"> {
  readonly imageAspectRatio: ImageAspectRatio;
}

function imageSettingsOf(adapter: Adapter): ImageSettings {
  const settings = visionSettings(adapter);
  const { pads } = requireOneView(settings, adapter.path, "explain");
  const weightsFolder = adapter.hasTunedTower ? adapter.folder : undefined;
  return {
    visionOptions: { ...visionSelection(settings.visionOptions), weightsFolder },
    imageAspectRatio: pads ? "pad" : "square",
  };
}

const describeImageSettings = ({ visionOptions, imageAspectRatio }: ImageSettings): string =>
  [
    `layer ${visionOptions.selectLayer}`,
    visionOptions.selectFeature,
    imageAspectRatio,
    ...(visionOptions.weightsFolder === undefined ? [] : ["a tower of its own"]),
  ].join(", ");

/** @throws InputError naming `path` for an adapter that leaves a patch out: it would say nothing of the picture's first corner */
function gridOf(spec: VisionSpec, { selectFeature }: VisionOptions, path: string): PatchGrid {
  const side = patchesPerSide(spec);
  if (vectorsBeforePatches(spec, selectFeature!) < 0) {
    throw new InputError(
      `${path}: leaves the first patch of a ${spec.family.name} tower out (mm_vision_select_feature "${selectFeature}"), which explain does not draw; supported: "patch" and "cls_patch"`,
    );
  }
  return {
    patchSize: spec.patchSize,
    rows: side,
    columns: side,
    classToken: vectorsBeforePatches(spec, selectFeature!) > 0,
  };
}

/** Refuses a contrast of one patch: the mean is the patch, and nothing would remain. */
function requireSeveral(patches: number, contrast: boolean, why: string): void {
  if (!contrast || patches > 1) return;
  throw new InputError(`--contrast: ${why}, which differs from no other; leave it out`);
}

/** Names for two adapters. Two of one name get as much of their paths, from the end, as tells them apart. */
function namedApart(first: View, second: View): readonly [View, View] {
  if (first.name !== second.name) return [first, second];
  const [one, other] = [first, second].map(({ adapter }) => resolve(adapter.path).split(sep)) as [string[], string[]];
  const end = (parts: readonly string[], count: number): string => parts.slice(-count).join("/");
  const counts = Array.from({ length: Math.max(one.length, other.length) }, (_, i) => i + 1);
  const count = counts.find((length) => end(one, length) !== end(other, length));
  if (count === undefined) return [first, second]; // Refuses an adapter beside itself.
  return [
    { ...first, name: end(one, count) },
    { ...second, name: end(other, count) },
  ];
}

interface Parts {
  readonly adapter: Adapter;
  readonly other: Adapter | undefined;
  readonly llm: LlmVocabulary | undefined;
}

async function identify({ adapter, other, llm }: Parts): Promise<Record<string, string>> {
  const hashes = async (one: Adapter): Promise<Record<string, string>> => ({
    adapter: await hashModel(one.checkpoint),
    ...(await hashMatrix(one)),
  });
  const compared = other === undefined ? [] : Object.entries(await hashes(other));
  return {
    ...(await hashes(adapter)),
    ...Object.fromEntries(compared.map(([name, hash]) => [`compared ${name}`, hash])),
    ...(llm && { llm: await hashModel(llm.checkpoint) }),
  };
}

async function warningsOf(views: readonly View[], llm: LlmVocabulary | undefined): Promise<string[]> {
  if (llm === undefined) return [];
  const shown = views.filter(({ unused }) => unused.llm === undefined);
  // Only directions of vectors decide about tokens, so the scale itself does not matter here, but it must fit.
  for (const { adapter } of shown) vectorScale(adapter, llm);
  const changed = await Promise.all(shown.map(({ adapter }) => describeChangedRows(adapter, llm)));
  return changed.filter((warning) => warning !== undefined);
}

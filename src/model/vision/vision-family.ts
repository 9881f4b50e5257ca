import type { ImageProcessorKind } from "../../image/image-processor.js";
import type { Dimension, Value } from "../../onnx/graph.js";
import type { GraphContext } from "../graph-context.js";

/** What a tower's graph is built from, whatever its family. */
export interface VisionSpec {
  readonly family: VisionFamily;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Height and width of the images, in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** The family's name of the function between the two linear layers of a feed-forward part. */
  readonly activation: string;
  readonly epsilon: number;
}

/** One architecture of vision towers that can be run; a file each, and a row in `VISION_FAMILIES`. */
export interface VisionFamily {
  /** What errors and documents call it. */
  readonly name: string;
  /** `model_type` of a tower's own config.json. */
  readonly modelType: string;
  /** `model_type` of a model that holds such a tower under `vision_config` without saying its type there. */
  readonly wholeModelTypes: readonly string[];
  /** What transformers' config class takes for a field that a composite's `vision_config` leaves out. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Image processors that make this family's images, transformers' current one first. */
  readonly imageProcessors: readonly ImageProcessorKind[];
  /** Vectors of the whole image that stand before those of its patches. */
  readonly classTokens: 0 | 1;
  readonly tensors: VisionTensors;
  /** What an export's config says of parts that transformers' class may have, no hidden state needs, and no export holds. */
  readonly leftOut: Readonly<Record<string, unknown>>;
  /** Whether it is read from and written into mmproj files of llama.cpp. */
  readonly inMmproj: boolean;
  /**
   * Reads a tower's own config.json; `where` names the folder.
   *
   * @throws InputError naming a setting that is not supported
   */
  readonly read: (config: unknown, where: string) => Omit<VisionSpec, "family">;
  /** Pixels (batch, 3, imageSize, imageSize) to hidden state 0, (batch * tokens, hidden). */
  readonly embed: (tower: Tower, pixels: Value) => Value;
  /** One hidden state to the next, each (batch * tokens, hidden); `prefix` stands before the names of the layer's tensors. */
  readonly addLayer: (tower: Tower, hidden: Value, prefix: string) => Value;
}

/** What a family calls the tensors of a tower, all behind a prefix that differs from folder to folder. */
export interface VisionTensors {
  /** A tensor that every tower of the family has and nothing else: it tells the prefix. */
  readonly landmark: string;
  /** What stands before the number of a layer. */
  readonly layers: string;
  /** Weights that transformers' class has and no hidden state needs, each (hidden): an export copies them. */
  readonly behindLayers: readonly string[];
}

/** A tower being added to a graph; between its parts vectors are rows (batch * tokens, hidden), as products want them. */
export interface Tower extends GraphContext {
  readonly spec: VisionSpec;
  readonly batch: Dimension;
  /** What stands before the names of its tensors. */
  readonly prefix: string;
}

/** Which features of a tower are taken. */
export interface VisionSelection {
  /** Which hidden state, as transformers counts them: 0 is the embeddings, -1 the last layer's, -2 LLaVA's choice. */
  readonly selectLayer: number;
  readonly selectFeature: SelectFeature;
  /** Hidden states whose numbers stand behind those of `selectLayer`, vector by vector; none when left out. */
  readonly furtherLayers?: readonly number[] | undefined;
}

/** Which vectors of a hidden state are taken, as an adapter's config.json says it in `mm_vision_select_feature`. */
export const SELECT_FEATURES = ["patch", "cls_patch", "not_first"] as const;

/**
 * "patch" drops the class token, "cls_patch" keeps all. "not_first" drops the first vector even of a tower without a class token, as
 * transformers' strategy "default" does and some trainings did, though it is a patch then.
 */
export type SelectFeature = (typeof SELECT_FEATURES)[number];

type SelectionAsked = { readonly [Key in keyof VisionSelection]?: VisionSelection[Key] | undefined };

/** The features that are asked for; where nothing is said, LLaVA's and transformers' choice. */
export const visionSelection = ({
  selectLayer = -2,
  selectFeature = "patch",
  furtherLayers = [],
}: SelectionAsked): VisionSelection => ({
  selectLayer,
  selectFeature,
  ...(furtherLayers.length > 0 && { furtherLayers }),
});

/** How many numbers a vector has that is taken of an image. */
export const selectedWidth = ({ hiddenSize }: Pick<VisionSpec, "hiddenSize">, selection: SelectionAsked): number =>
  hiddenSize * (1 + (selection.furtherLayers?.length ?? 0));

/** Patches on each side of an image. */
export const patchesPerSide = ({ imageSize, patchSize }: Pick<VisionSpec, "imageSize" | "patchSize">): number =>
  Math.floor(imageSize / patchSize);

/** Number of vectors of a hidden state. */
export const towerTokens = (spec: VisionSpec): number => patchesPerSide(spec) ** 2 + spec.family.classTokens;

/** How many vectors at the beginning of a hidden state are not taken. */
export const droppedVectors = ({ family }: Pick<VisionSpec, "family">, selectFeature: SelectFeature): number =>
  ({ patch: family.classTokens, cls_patch: 0, not_first: 1 })[selectFeature];

/** Number of vectors that are taken of an image. */
export const selectedVectors = (spec: VisionSpec, selectFeature: SelectFeature): number =>
  towerTokens(spec) - droppedVectors(spec, selectFeature);

/** How many of the vectors that are taken stand before those of the patches; -1 where the first patch is dropped. */
export const vectorsBeforePatches = ({ family }: Pick<VisionSpec, "family">, selectFeature: SelectFeature): number =>
  family.classTokens - droppedVectors({ family }, selectFeature);

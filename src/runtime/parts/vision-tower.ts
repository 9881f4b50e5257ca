import { InputError } from "../../errors.js";
import { openTowerCheckpoint, openTowerFiles } from "../../model/gguf/open-mmproj.js";
import { buildTowerGraph } from "../../model/vision/tower-graph.js";
import { readVision } from "../../model/vision/vision-families.js";
import {
  selectedVectors,
  selectedWidth,
  visionSelection,
  type SelectFeature,
  type VisionSelection,
  type VisionSpec,
} from "../../model/vision/vision-family.js";
import { encodeWithExternalData } from "../../onnx/external-data.js";
import { checkMemory, weightBytes } from "../devices/memory.js";
import type { PartOptions } from "./part-options.js";
import { computeType, visionPrecision, type Precision } from "../devices/precision.js";
import { requireFinite } from "./require-finite.js";
import type { WorkerClient } from "../sessions/client.js";
import { DEVICES } from "../sessions/device.js";

export interface VisionOptions {
  /** The hidden state that is taken, as transformers counts; LLaVA's is -2. */
  readonly selectLayer?: number | undefined;
  /** Hidden states whose numbers stand behind those, vector by vector. */
  readonly furtherLayers?: readonly number[] | undefined;
  /** Which vectors of it; LLaVA's choice is "patch". */
  readonly selectFeature?: SelectFeature | undefined;
  /** Weights other than the folder's own: a LLaVA folder that holds a tuned tower. */
  readonly weightsFolder?: string | undefined;
}

export interface VisionInfo {
  readonly precision: Precision;
  /** Vectors per image. */
  readonly patches: number;
  /** Numbers of a vector. */
  readonly hiddenSize: number;
  /** Height and width of the images it takes, in pixels. */
  readonly imageSize: number;
}

/** A vision tower that is loaded. */
export class VisionTower {
  private constructor(
    readonly info: VisionInfo,
    /** Folder of the weights. */
    private readonly path: string,
    private readonly client: WorkerClient,
    private readonly session: number,
  ) {}

  /**
   * Opens the folder of a tower, or the tower of an mmproj file.
   *
   * @throws InputError for another family, naming the supported ones
   */
  static async open(folder: string, options: PartOptions & VisionOptions): Promise<VisionTower> {
    const { client, device, threads, signal } = options;
    const selection = visionSelection(options);
    const spec = await VisionTower.spec(folder);
    const source = options.weightsFolder ?? folder;
    const { tensors } = await openTowerCheckpoint(source);
    const stored = tensors.values().next().value?.dtype ?? "F32";
    const precision = visionPrecision(options.dtype, device, stored);
    const compute = computeType(precision, device);
    const weights = { tensors, path: source };
    const graph = buildTowerGraph({
      spec,
      weights,
      target: { compute, convolves: DEVICES[device.kind].convolves },
      ...selection,
    });
    if (device.kind === "cpu") checkMemory(weightBytes(graph, compute), `${folder} in ${precision}`);
    const model = await encodeWithExternalData(graph);
    const session = await client.call("open", { model, device, threads }, { signal });
    return new VisionTower(describe(spec, precision, selection), source, client, session);
  }

  /**
   * Reads the config.json of a tower.
   *
   * @throws InputError for another family, naming the supported ones
   */
  static async spec(folder: string): Promise<VisionSpec> {
    return readVision((await (await openTowerFiles(folder)).readJson("config.json")).json, folder);
  }

  /**
   * Features (patches, hiddenSize) of one image, given as normalised planes (3, imageSize, imageSize).
   *
   * @throws InputError for pixels of another size, and for features that are not finite
   */
  async features(
    pixels: Float32Array,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Float32Array> {
    const { imageSize } = this.info;
    if (pixels.length !== 3 * imageSize ** 2) {
      throw new InputError(
        `an image of ${pixels.length} numbers was given, the vision tower takes (3, ${imageSize}, ${imageSize})`,
      );
    }
    const feeds = { pixel_values: { data: pixels, shape: [1, 3, imageSize, imageSize] } };
    const { features } = await this.client.call("run", { session: this.session, feeds }, { signal });
    const { precision } = this.info;
    requireFinite(features!.data, { path: this.path, what: "the features of an image", precision });
    return features!.data;
  }

  async close(): Promise<void> {
    await this.client.call("close", { session: this.session });
  }
}

function describe(spec: VisionSpec, precision: Precision, selection: VisionSelection): VisionInfo {
  const patches = selectedVectors(spec, selection.selectFeature);
  return { precision, patches, hiddenSize: selectedWidth(spec, selection), imageSize: spec.imageSize };
}

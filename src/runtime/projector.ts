import { InputError } from "../errors.js";
import {
  buildProjectorGraph,
  projectorInputSize,
  projectorOutputSize,
  type ProjectorWeights,
} from "../model/projector.js";
import { encodeWithExternalData } from "../onnx/external-data.js";
import { foldProjector } from "./fold.js";
import type { PartOptions } from "./part-options.js";
import { computeType, visionPrecision } from "./precision.js";
import type { WorkerClient } from "./worker/client.js";

export interface ProjectorOptions {
  /** Fold the linear end of an mm_vocab projector into one small matrix: the same numbers, many times faster. */
  readonly fold?: boolean | undefined;
  /** Give the coefficients of an mm_vocab projector too, which are gone once it is folded. */
  readonly coefficients?: boolean | undefined;
}

export interface Projected {
  /** (patches, outputSize). */
  readonly embeddings: Float32Array;
  /** (patches, V), signed and not normalised, when they were asked for. */
  readonly coefficients?: Float32Array | undefined;
}

/** A projector ready to carry vision features into an LLM's embedding space. */
export class Projector {
  private constructor(
    readonly inputSize: number,
    readonly outputSize: number,
    private readonly client: WorkerClient,
    private readonly session: number,
  ) {}

  /** Opens a projector; throws InputError when its tensors do not fit one another. */
  static async open(projector: ProjectorWeights, options: PartOptions & ProjectorOptions): Promise<Projector> {
    const { client, device, threads, signal, coefficients = false, fold = !coefficients } = options;
    if (coefficients && (fold || projector.kind !== "mm_vocab")) {
      throw new InputError(
        `a ${projector.kind} projector${fold ? ", folded," : ""} has no coefficients; only an mm_vocab one that is not folded has`,
      );
    }
    const weights = fold ? await foldProjector(projector, options) : projector;
    const compute = computeType(visionPrecision(options.dtype, device, projector.layers[0].weight.dtype));
    const model = await encodeWithExternalData(buildProjectorGraph(weights, { compute }, { coefficients }));
    const session = await client.call("open", { model, device, threads }, { signal });
    return new Projector(projectorInputSize(projector), projectorOutputSize(projector), client, session);
  }

  /** Carries features (patches, inputSize) over. */
  async project(
    features: Float32Array,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Projected> {
    const patches = features.length / this.inputSize;
    if (!Number.isInteger(patches)) {
      throw new InputError(
        `features hold ${features.length} numbers, expected a multiple of the projector's input size ${this.inputSize}`,
      );
    }
    const feeds = { features: { data: features, shape: [patches, this.inputSize] } };
    const outputs = await this.client.call("run", { session: this.session, feeds }, { signal });
    return { embeddings: outputs.embeddings!.data, coefficients: outputs.coefficients?.data };
  }

  async close(): Promise<void> {
    await this.client.call("close", { session: this.session });
  }
}

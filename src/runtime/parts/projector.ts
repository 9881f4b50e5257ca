import { revealsTokens } from "../../model/projector/decoding-graph.js";
import { InputError } from "../../errors.js";
import {
  buildProjectorGraph,
  projectorInputSize,
  projectorOutputSize,
  type ProjectorWeights,
} from "../../model/projector/projector-graph.js";
import { encodeWithExternalData } from "../../onnx/external-data.js";
import { foldProjector } from "./fold.js";
import { checkMemory, weightBytes } from "../devices/memory.js";
import type { PartOptions } from "./part-options.js";
import { computeType, visionPrecision } from "../devices/precision.js";
import { requireFinite, type NumberSource } from "./require-finite.js";
import type { WorkerClient } from "../sessions/client.js";

export interface ProjectorOptions {
  /** Fold the linear end of an mm_vocab projector into one small matrix: the same numbers, many times faster. */
  readonly fold?: boolean | undefined;
  /** Give the coefficients of an mm_vocab projector too; a folded one has none. */
  readonly coefficients?: boolean | undefined;
  /** Give the tokens of each patch too, for an adapter that decodes sparsely. */
  readonly tokens?: boolean | undefined;
}

export interface Projected {
  /** (patches, outputSize). */
  readonly embeddings: Float32Array;
  /** (patches, V), signed and not normalised, when they were asked for. */
  readonly coefficients?: Float32Array | undefined;
  /** When they were asked for. */
  readonly tokens?: DecodedPatches | undefined;
}

/** The tokens of a sparse decoding: k for each patch, in the order of choice. */
export interface DecodedPatches {
  /** (patches, k) rows of the adapter's vocabulary. */
  readonly rows: Float32Array;
  /** (patches, k) shares that sum to 1 in a patch; 0 for a token that the others made needless. */
  readonly weights: Float32Array;
  /** (patches, k) length of the residual of a vector of length 1 after each token. */
  readonly residuals: Float32Array;
}

/** A projector that is loaded: it turns vision features into vectors for an LLM. */
export class Projector {
  private constructor(
    readonly inputSize: number,
    readonly outputSize: number,
    private readonly made: NumberSource,
    private readonly client: WorkerClient,
    private readonly session: number,
  ) {}

  /**
   * Opens a projector.
   *
   * @throws InputError when its tensors do not fit one another
   * @throws UnavailableError when memory is short
   */
  static async open(projector: ProjectorWeights, options: PartOptions & ProjectorOptions): Promise<Projector> {
    const { client, device, threads, signal, coefficients = false, tokens = false, fold = !coefficients } = options;
    if (coefficients && (fold || projector.kind !== "mm_vocab")) {
      throw new InputError(
        `a ${projector.kind} projector${fold ? ", folded," : ""} has no coefficients; only an mm_vocab one that is not folded has`,
      );
    }
    if (tokens && !(projector.decoding && revealsTokens(projector.decoding.spec))) {
      throw new InputError(
        "only an adapter that was transferred with --align sparse takes patches for tokens; this one does not",
      );
    }
    const weights = fold ? await foldProjector(projector, options) : projector;
    const precision = visionPrecision(options.dtype, device, projector.layers[0].weight.dtype);
    const compute = computeType(precision, device);
    const graph = buildProjectorGraph(weights, { compute }, { coefficients, tokens });
    if (device.kind === "cpu") {
      const what = `the adapter ${projector.layers[0].weight.file} in ${precision}`;
      checkMemory(weightBytes(graph, compute), what, { remedy: "free some memory, or use an adapter of fewer rows" });
    }
    const model = await encodeWithExternalData(graph);
    const session = await client.call("open", { model, device, threads }, { signal });
    const made = { path: projector.layers[0].weight.file, what: "the embeddings of an image", precision };
    return new Projector(projectorInputSize(projector), projectorOutputSize(projector), made, client, session);
  }

  /**
   * Turns features (patches, inputSize) into vectors (patches, outputSize).
   *
   * @throws InputError for features of another width, and for vectors that are not finite
   */
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
    const { embeddings, coefficients, tokens, weights, residuals } = outputs;
    requireFinite(embeddings!.data, this.made);
    return {
      embeddings: embeddings!.data,
      coefficients: coefficients?.data,
      ...(tokens && { tokens: { rows: tokens.data, weights: weights!.data, residuals: residuals!.data } }),
    };
  }

  async close(): Promise<void> {
    await this.client.call("close", { session: this.session });
  }
}

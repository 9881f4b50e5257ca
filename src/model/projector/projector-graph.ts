import { InputError } from "../../errors.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import type { Graph, Value } from "../../onnx/graph.js";
import { add, cast, gelu, gemm, matMul, mul, reshape, transposedMatMul } from "../../onnx/operators.js";
import { scalar } from "../../onnx/vector-operators.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import { DECODED_TOKENS, decodeVectors, type Decoded, type DecodingSpec } from "./decoding-graph.js";
import type { DecodingTables } from "./dictionary.js";
import type { GraphTarget } from "../graph-context.js";
import { sayWords, type WordChoiceSpec } from "./word-choice-graph.js";

/** A linear layer in PyTorch's layout. */
export interface LinearTensors {
  /** (out, in). */
  readonly weight: CheckpointTensor;
  /** (out). */
  readonly bias: CheckpointTensor;
}

/** How the vectors of a projector are taken on to another LLM than the one it makes them for. */
export interface ProjectorDecoding {
  readonly spec: DecodingSpec;
  readonly tables: DecodingTables;
}

/**
 * What carries vision features into the space of an LLM's input embeddings.
 * `mm_vocab` is LangBridge's: Linear, GELU, Linear, Linear to coefficients (patches, V), times the vocabulary matrix (V, hidden).
 * With `decoding` that LLM is the source, and its vectors are decoded and made again for the target.
 */
export type ProjectorWeights = ProjectorLayers & {
  readonly decoding?: ProjectorDecoding | undefined;
  /** Where its outputs are scores of words, of which each patch says one. */
  readonly wordChoice?: WordChoiceSpec | undefined;
  /** What the embeddings are multiplied by in the end; 1 when left out. */
  readonly scale?: number | undefined;
};

type ProjectorLayers =
  | {
      readonly kind: "mm_vocab";
      readonly layers: readonly [LinearTensors, LinearTensors, LinearTensors];
      readonly vocabMatrix: CheckpointTensor;
    }
  | { readonly kind: "mlp2x_gelu"; readonly layers: readonly [LinearTensors, LinearTensors] }
  | { readonly kind: "linear"; readonly layers: readonly [LinearTensors] };

/** Width of the vision features a projector takes. */
export function projectorInputSize({ layers }: ProjectorWeights): number {
  return layers[0].weight.shape[1]!;
}

/** Width of the embeddings a projector makes; it must be the LLM's. */
export function projectorOutputSize(projector: ProjectorWeights): number {
  const said = projector.wordChoice ?? projector.decoding?.tables;
  return said?.vocabMatrix.shape[1] ?? ownOutputSize(projector);
}

/** Width of what a projector makes before any decoding, or how many words it scores. */
function ownOutputSize(projector: ProjectorLayers): number {
  if (projector.kind === "mm_vocab") return projector.vocabMatrix.shape[1]!;
  return projector.layers.at(-1)!.weight.shape[0]!;
}

/**
 * Checks that every tensor fits the next.
 *
 * @throws InputError naming the two that do not
 */
export function checkProjector(projector: ProjectorWeights): void {
  const shape = ({ shape }: CheckpointTensor): string => `(${shape.join(", ")})`;
  const chain: LinearTensors[] = [...projector.layers];
  chain.forEach(({ weight, bias }, i) => {
    const before = chain[i - 1]?.weight;
    if (weight.shape.length !== 2 || bias.shape.length !== 1 || bias.shape[0] !== weight.shape[0]) {
      throw new InputError(
        `${weight.file}: "${weight.name}" is ${shape(weight)} and "${bias.name}" ${shape(bias)}, expected (out, in) and (out)`,
      );
    }
    if (before !== undefined && before.shape[0] !== weight.shape[1]) {
      throw new InputError(
        `${weight.file}: "${weight.name}" is ${shape(weight)}, but "${before.name}" before it is ${shape(before)}`,
      );
    }
  });
  if (projector.decoding !== undefined) checkTables(projector.decoding.tables, ownOutputSize(projector));
  if (projector.wordChoice !== undefined) checkWords(projector.wordChoice, ownOutputSize(projector));
  if (projector.kind !== "mm_vocab") return;
  const last = projector.layers[2].weight;
  if (projector.vocabMatrix.shape.length !== 2 || projector.vocabMatrix.shape[0] !== last.shape[0]) {
    throw new InputError(
      `${last.file}: "${last.name}" is ${shape(last)}, but the vocabulary matrix "${projector.vocabMatrix.name}" is ${shape(projector.vocabMatrix)}; it needs a row per output`,
    );
  }
}

function checkTables({ decodeMatrix, vocabMatrix }: DecodingTables, width: number): void {
  const shape = ({ shape }: CheckpointTensor): string => `(${shape.join(", ")})`;
  const [rows, columns] = decodeMatrix.shape;
  if (rows === vocabMatrix.shape[0] && columns === width) return;
  throw new InputError(
    `${decodeMatrix.file}: "${decodeMatrix.name}" is ${shape(decodeMatrix)}, but the projector makes vectors of ${width} numbers and "${vocabMatrix.name}" is ${shape(vocabMatrix)}; the two tables need the same rows`,
  );
}

function checkWords({ vocabMatrix }: WordChoiceSpec, words: number): void {
  if (vocabMatrix.shape.length === 2 && vocabMatrix.shape[0] === words) return;
  throw new InputError(
    `${vocabMatrix.file}: "${vocabMatrix.name}" is (${vocabMatrix.shape.join(", ")}), but the projector scores ${words} words; it needs a row for each`,
  );
}

export interface ProjectorGraphOptions {
  /** For mm_vocab, also the output `coefficients` float32 (patches, V). */
  readonly coefficients?: boolean | undefined;
  /** For a sparse decoding, also its outputs `tokens` and `weights` and `residuals` float32 (patches, k). */
  readonly tokens?: boolean | undefined;
}

/** What a projector makes of patches, one row a patch. */
export interface ProjectedValues extends Decoded {
  /** float32 (patches, own output size): before any decoding, in the space of the LLM that it was trained for. */
  readonly vectors: Value;
  /** float32 (patches, V), of an mm_vocab projector that is not folded. */
  readonly coefficients?: Value;
}

/** Adds a projector to a graph: `features` float32 (patches, in) to the LLM's embeddings and what they were made of. */
export function addProjector(
  g: GraphBuilder,
  features: Value,
  projector: ProjectorWeights,
  { compute }: GraphTarget,
): ProjectedValues {
  const stored = (tensor: CheckpointTensor): Value => cast(g, g.weight(tensor), compute);
  let x = cast(g, features, compute);
  projector.layers.forEach(({ weight, bias }, i) => {
    x = gemm(g, i === 1 ? gelu(g, x) : x, stored(weight), stored(bias));
  });
  // The official code multiplies by the matrix in float32 whatever the weights are.
  const last = cast(g, x, "float32");
  const isVocab = projector.kind === "mm_vocab";
  const own = isVocab ? matMul(g, last, cast(g, g.weight(projector.vocabMatrix), "float32")) : last;
  const { scale = 1 } = projector;
  const decoded = decode(g, own, projector);
  return {
    vectors: own,
    ...(isVocab && { coefficients: last }),
    ...decoded,
    ...(scale !== 1 && { embeddings: mul(g, decoded.embeddings, scalar(g, scale)) }),
  };
}

function decode(g: GraphBuilder, own: Value, { decoding, wordChoice }: ProjectorWeights): Decoded {
  if (wordChoice !== undefined) return { embeddings: sayWords(g, own, wordChoice) };
  return decoding === undefined ? { embeddings: own } : decodeVectors(g, own, decoding.spec, decoding.tables);
}

/** The graph from `features` float32 (patches, in) to `embeddings` float32 (patches, hidden). */
export function buildProjectorGraph(
  projector: ProjectorWeights,
  target: GraphTarget,
  { coefficients = false, tokens = false }: ProjectorGraphOptions = {},
): Graph {
  checkProjector(projector);
  const g = new GraphBuilder();
  const features = g.input("features", "float32", ["patches", projectorInputSize(projector)]);
  const projected = addProjector(g, features, projector, target);
  if (coefficients && projected.coefficients) g.output(projected.coefficients, "coefficients");
  g.output(projected.embeddings, "embeddings");
  if (tokens) DECODED_TOKENS.forEach((name) => projected[name] && g.output(projected[name], name));
  return g.finish();
}

/**
 * The graph that folds the linear end of an mm_vocab projector: `weight` = M^T W3 W2 float32 (hidden, H) and
 * `bias` = M^T (W3 b2 + b3) float32 (1, hidden), so that embeddings = weight gelu(W0 x + b0) + bias.
 */
export function buildFoldGraph(projector: ProjectorWeights & { readonly kind: "mm_vocab" }): Graph {
  checkProjector(projector);
  const g = new GraphBuilder();
  const stored = (tensor: CheckpointTensor): Value => cast(g, g.weight(tensor), "float32");
  const [, second, third] = projector.layers;
  // Products of constants would be worked out on one thread while the session loads; adding an input keeps them in the run.
  const zero = g.input("zero", "float32", [1]);
  const matrix = add(g, stored(projector.vocabMatrix), zero);
  g.output(matMul(g, transposedMatMul(g, matrix, stored(third.weight)), stored(second.weight)), "weight");
  const width = second.bias.shape[0]!;
  const row = add(g, reshape(g, stored(second.bias), [1, width], [1, width]), zero);
  g.output(matMul(g, gemm(g, row, stored(third.weight), stored(third.bias)), matrix), "bias");
  return g.finish();
}

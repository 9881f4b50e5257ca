import { GraphBuilder } from "../../onnx/graph-builder.js";
import type { Graph, Value } from "../../onnx/graph.js";
import { cast } from "../../onnx/operators.js";
import { DECODED_TOKENS } from "../../model/projector/decoding-graph.js";
import { reachableRows } from "../../model/projector/dictionary.js";
import {
  addProjector,
  checkProjector,
  projectorInputSize,
  type LinearTensors,
  type ProjectedValues,
  type ProjectorWeights,
} from "../../model/projector/projector-graph.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";

/**
 * The graph of an adapter alone, from `features` float32 (patches, in) to `embeddings` float32 (patches, hidden). An adapter
 * that is not folded also gives `coefficients` float32 (patches, V). One that decodes into tokens also gives what
 * `outputTokens` names.
 */
export function buildAdapterModel(projector: ProjectorWeights): Graph {
  checkProjector(projector);
  const g = new GraphBuilder();
  const features = g.input("features", "float32", ["patches", projectorInputSize(projector)]);
  const projected = addProjector(g, features, projector, { compute: "float32" });
  g.output(projected.embeddings, "embeddings");
  if (projected.coefficients !== undefined) g.output(projected.coefficients, "coefficients");
  outputTokens(g, projected, (value) => value);
  return g.finish();
}

/**
 * Makes outputs of the tokens of a sparse decoding: `tokens` int32, rows of the vocabulary, `weights` and `residuals`
 * float32, each (patches, k) before `shaped`.
 */
export function outputTokens(g: GraphBuilder, projected: ProjectedValues, shaped: (value: Value) => Value): void {
  for (const name of DECODED_TOKENS) {
    const value = projected[name];
    if (value !== undefined) g.output(shaped(name === "tokens" ? cast(g, value, "int32") : value), name);
  }
}

/** The projector with every tensor replaced, and with only those rows of a decoding's tables that can be selected. */
export function mapProjector(
  projector: ProjectorWeights,
  map: (tensor: CheckpointTensor) => CheckpointTensor,
): ProjectorWeights {
  const mapLayer = ({ weight, bias }: LinearTensors): LinearTensors => ({ weight: map(weight), bias: map(bias) });
  const { decoding, wordChoice } = projector;
  const tables = decoding && reachableRows(decoding.tables, decoding.spec.settings.words);
  const mapped = {
    ...projector,
    layers: projector.layers.map(mapLayer),
    ...(projector.kind === "mm_vocab" && { vocabMatrix: map(projector.vocabMatrix) }),
    ...(wordChoice && { wordChoice: { ...wordChoice, vocabMatrix: map(wordChoice.vocabMatrix) } }),
    ...(tables && {
      decoding: {
        spec: decoding.spec,
        tables: { decodeMatrix: map(tables.decodeMatrix), vocabMatrix: map(tables.vocabMatrix) },
      },
    }),
  };
  return mapped as unknown as ProjectorWeights; // The layers are as many as they were.
}

import type { Adapter } from "../../adapter/load.js";
import type { LinearLayer } from "../../adapter/projector-layers.js";
import type { VocabularyMatrix } from "../../adapter/vocabulary-matrix.js";
import { ownVectorScale } from "../../adapter/vector-scale.js";
import { InputError } from "../../errors.js";
import type { DecodingSpec } from "../../model/projector/decoding-graph.js";
import type { LinearTensors, ProjectorWeights } from "../../model/projector/projector-graph.js";

/**
 * The projector of an opened adapter, ready to run, its vectors multiplied by `scale`: what `vectorScale` gives for an LLM, or what was
 * recorded of it.
 * @throws InputError for an mm_vocab one whose matrix is not known
 */
export function projectorWeights(adapter: Adapter, scale = ownVectorScale(adapter)): ProjectorWeights {
  const { decoding, matrix, wordChoice } = adapter;
  if (wordChoice !== undefined) {
    const spec = { vocabMatrix: wordChoice.matrix.tensor, turns: wordChoice.turns };
    return { ...layersOf(adapter, matrix), wordChoice: spec, scale };
  }
  if (decoding === undefined) return { ...layersOf(adapter, matrix), scale };
  const spec = { method: decoding.method, settings: decoding.settings } as DecodingSpec;
  const tables = { decodeMatrix: decoding.matrix.tensor, vocabMatrix: matrix!.tensor };
  return { ...layersOf(adapter, decoding.matrix), decoding: { spec, tables }, scale };
}

/** The projector alone; `matrix` is that of the LLM it was trained for. */
function layersOf({ projector, path }: Adapter, matrix: VocabularyMatrix | undefined): ProjectorWeights {
  const layers: Readonly<Record<number, LinearLayer>> = projector.layers;
  const layer = (number: number): LinearTensors => layers[number]!;
  switch (projector.kind) {
    case "linear":
      return { kind: "linear", layers: [layer(0)] };
    case "mlp2x_gelu":
      return { kind: "mlp2x_gelu", layers: [layer(0), layer(2)] };
    case "mm_vocab":
      if (matrix === undefined) {
        throw new InputError(
          `${path}: has no vocabulary matrix; --vocab-matrix FILE gives the one it was trained with, or langbridge transfer with --source SOURCE_LLM takes its rows from an LLM`,
        );
      }
      return { kind: "mm_vocab", layers: [layer(0), layer(2), layer(3)], vocabMatrix: matrix.tensor };
  }
}

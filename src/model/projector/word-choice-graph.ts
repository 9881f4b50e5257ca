import type { Value } from "../../onnx/graph.js";
import type { GraphBuilder } from "../../onnx/graph-builder.js";
import { cast, reshape } from "../../onnx/operators.js";
import { argMax, gatherTableRows, modulo, rowNumbers, takeFromRows, topIndices } from "../../onnx/vector-operators.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";

/** How scores of words become what an LLM reads. */
export interface WordChoiceSpec {
  /** (words, hidden size): what the LLM is given for each word. */
  readonly vocabMatrix: CheckpointTensor;
  /** Patch i says its word number i modulo `turns`, the best being number 0. */
  readonly turns: number;
  /** Vectors of one picture, where pictures lie one behind another; patches are counted from 0 in each. */
  readonly patches?: number | undefined;
}

/** Adds to a graph the row of one word for each patch: `scores` float32 (patches, words) to float32 (patches, hidden size). */
export function sayWords(g: GraphBuilder, scores: Value, { vocabMatrix, turns, patches }: WordChoiceSpec): Value {
  const table = cast(g, g.weight(vocabMatrix), "float32");
  return gatherTableRows(g, table, turns === 1 ? argMax(g, scores) : wordsInTurn(g, scores, turns, patches));
}

/** int64 (patches). */
function wordsInTurn(g: GraphBuilder, scores: Value, turns: number, ofPicture: number | undefined): Value {
  const [patches, words] = scores.shape as [string, number];
  const count = Math.min(turns, words);
  const numbers = rowNumbers(g, scores); // (patches, 1)
  const places = modulo(g, ofPicture === undefined ? numbers : modulo(g, numbers, ofPicture), count);
  return reshape(g, takeFromRows(g, topIndices(g, scores, count), places), [-1], [patches]);
}

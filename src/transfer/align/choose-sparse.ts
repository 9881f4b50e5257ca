import { readEmbeddings } from "../../adapter/row-embeddings.js";
import { usableRows } from "../../model/projector/dictionary.js";
import { chooseTokenCount } from "./choose-token-count.js";
import { measureDecoding } from "./measure-decoding.js";
import type { AlignTask } from "./method.js";
import { patchVectors } from "./patch-vectors.js";

export interface ChosenSparse {
  readonly k: number;
  /** Why k has this value, in one line for the report. */
  readonly because: string;
}

export interface ChooseSparseOptions {
  /** How many of the first tokens count in full; all when left out. */
  readonly words: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Chooses k from how well the source's own vectors of some pictures are explained. */
export async function chooseSparse(
  { source, rowPlan, examples }: AlignTask,
  { words, signal }: ChooseSparseOptions,
): Promise<ChosenSparse> {
  const vectors = await patchVectors(source, examples!, { signal });
  const decodeMatrix = await readEmbeddings(source.embeddings!, { signal });
  const tables = { decodeMatrix, vocabMatrix: usableRows(rowPlan.written.map(({ ids }) => ids.length > 0)) };
  const { k, lifts } = chooseTokenCount(await measureDecoding(vectors, tables, { words, signal }));
  const patches = vectors.length / source.embeddings!.hiddenSize;
  const times = lifts.map((lift) => lift.toFixed(1)).join(", ");
  return {
    k,
    because: `the first ${k} tokens explain much more of the residual of ${patches} patches than of noise: ${times} times as much, token by token`,
  };
}

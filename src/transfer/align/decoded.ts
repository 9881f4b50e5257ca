import { listedRowsOutput, projectorOutputs, sourceRowsOutput, type TransferOutputs } from "../write/outputs.js";
import type { AlignTask, SettingRange } from "./method.js";

/** The settings that were settled on and what led to them, one line each. */
export interface SettledDecoding {
  readonly settings: TransferOutputs["settings"];
  readonly checks: readonly string[];
}

/** The tensors of an adapter that decodes at run time: the source's projector and rows as they are, beside the target's rows. */
export function decodedOutputs(
  { source, target, rowPlan, dtype }: AlignTask,
  { settings, checks }: SettledDecoding,
  { signal }: { readonly signal?: AbortSignal | undefined },
): TransferOutputs {
  const options = { dtype, signal };
  const layers = projectorOutputs(source, options);
  const decode = sourceRowsOutput(source.embeddings!, options);
  const matrix = listedRowsOutput(target.table, rowPlan.written, options);
  return {
    tensors: [...layers.tensors, decode.tensor, matrix.tensor],
    settings,
    checks,
    measure: async () => ({
      ...(await layers.measure()),
      rowsSha256: await matrix.sha256(),
      decodeRowsSha256: await decode.sha256(),
    }),
  };
}

/** `--words`, which both decodings take. */
export const WORDS: SettingRange = {
  accepts: (value) => Number.isSafeInteger(value) && value > 0,
  expected: "a whole number of the adapter's first tokens",
};

/**
 * How many of the first tokens count in full when nobody chose: as many as the source's embeddings are wide. A vocabulary is ranked
 * by frequency; among more rows than the space has dimensions, rare ones fit a vector as well as those it was made of (README
 * has the measurements). In a vocabulary without a ranking all count alike.
 */
export function defaultWords({ source }: AlignTask): number | undefined {
  const { projector, rowTokens, embeddings } = source;
  const isRanked = projector.kind === "mm_vocab" || rowTokens.counts !== undefined;
  return wordsOfTable({ isRanked, rows: rowTokens.tokens.length, hiddenSize: embeddings!.hiddenSize });
}

/** The same of any table whose rows are `hiddenSize` wide. */
export function wordsOfTable({ isRanked, rows, hiddenSize }: RankedTable): number | undefined {
  return isRanked && hiddenSize < rows ? hiddenSize : undefined;
}

export interface RankedTable {
  /** The rows stand in the order of how often their tokens occur. */
  readonly isRanked: boolean;
  readonly rows: number;
  readonly hiddenSize: number;
}

/** `{ words }`, or nothing where all count alike. */
export const wordsSetting = (words: number | undefined): { readonly words?: number } =>
  words === undefined ? {} : { words };

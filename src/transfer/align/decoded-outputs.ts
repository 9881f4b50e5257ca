import { defaultWords } from "../../model/projector/decoding-settings.js";
import { listedRowsOutput, projectorOutputs, sourceRowsOutput, type TransferOutputs } from "../tensors/outputs.js";
import type { AlignMethod, AlignTask } from "./method.js";
import { listedBytes, ROW_LISTS, sourceBytes } from "./row-lists.js";

/**
 * What the methods that decode every patch at run time have in common: the adapter holds the source's rows beside the
 * target's.
 */
export const DECODED = {
  ...ROW_LISTS,
  keepsUnlistedRows: true,
  carriesOrdinaryProjectors: true,
  needsSourceRows: true,
  decodesAtRunTime: true,
  bytesRead: (task) => listedBytes(task) + sourceBytes(task.source),
} as const satisfies Partial<AlignMethod>;

/** The settings that are used, and the reasons for them, one line each. */
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

/** How many of the adapter's first tokens count in full when nobody chose; undefined where all count alike. */
export function defaultWordsOf({ source }: AlignTask): number | undefined {
  const { projector, rowTokens, embeddings } = source;
  const isRanked = projector.kind === "mm_vocab" || rowTokens.counts !== undefined;
  return defaultWords({ isRanked, rows: rowTokens.tokens.length, hiddenSize: embeddings!.hiddenSize });
}

import type { FloatMatrix } from "../../files/read-rows.js";
import { matchTokens } from "../../vocabulary/match.js";
import type { RowMatch } from "../../vocabulary/row-match.js";
import { tokensOfVocabulary } from "../../vocabulary/source-token.js";
import type { LlmVocabulary } from "../../model/llm/llm-folder.js";
import type { TransferSource } from "../rows/source.js";

/** The tokens that source and target share, with their rows in both tables. */
export interface Anchors {
  /** The tensor that holds their source vectors. */
  readonly tensor: FloatMatrix;
  /** (anchors) row of `tensor`, and id in the target. */
  readonly rows: readonly number[];
  readonly targetIds: readonly number[];
  /** What the tensor is, for the report. */
  readonly from: string;
}

/**
 * The shared tokens of the source LLM's whole vocabulary where that LLM is given, otherwise those among the adapter's own
 * rows. Undefined when their vectors are not at hand. Special tokens are left out: their meaning lies in how they are used,
 * not in a vector.
 */
export function findAnchors(
  { embeddings }: TransferSource,
  matches: readonly RowMatch[],
  source: LlmVocabulary | undefined,
  target: LlmVocabulary,
): Anchors | undefined {
  if (source !== undefined) {
    const tokens = tokensOfVocabulary(source.tokenizer).filter(({ id }) => id! < source.table.vocabSize);
    const found = matchTokens(tokens, target.tokenizer, { missing: "drop" });
    const rows = tokens.map(({ id }) => id!);
    return { tensor: source.table.tensor, ...shared(rows, found, target), from: `the vocabulary of ${source.name}` };
  }
  if (embeddings === undefined) return undefined;
  return { tensor: embeddings.tensor, ...shared(embeddings.rows, matches, target), from: "the rows of the adapter" };
}

function shared(
  rows: readonly number[],
  matches: readonly RowMatch[],
  { table }: LlmVocabulary,
): Pick<Anchors, "rows" | "targetIds"> {
  const isShared = ({ match, ids }: RowMatch): boolean =>
    (match === "exact" || match === "byte") && ids[0]! < table.vocabSize;
  const kept = matches.flatMap((match, i) => (isShared(match) ? [i] : []));
  return { rows: kept.map((i) => rows[i]!), targetIds: kept.map((i) => matches[i]!.ids[0]!) };
}

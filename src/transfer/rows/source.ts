import type { Adapter } from "../../adapter/load.js";
import type { ProjectorLayers } from "../../adapter/projector-layers.js";
import { findRowTokens, type RowTokens } from "../../adapter/row-tokens.js";
import { InputError } from "../../errors.js";
import { tokensOfIds, tokensOfVocabulary, unknownToken, type SourceToken } from "../../vocabulary/source-token.js";
import type { LlmVocabulary } from "../../model/llm/llm-folder.js";
import { countedLine } from "../../layout/some-of.js";
import { oddRowWarnings } from "./odd-rows.js";
import { ordinaryRows } from "./ordinary-rows.js";
import { embeddingsOfRows, type RowEmbeddings } from "../../adapter/row-embeddings.js";
import { differingRows, recoverRows } from "../../adapter/table-rows.js";

/** An adapter whose rows are known. The rows of an ordinary projector are the tokens that it is described by. */
export interface TransferSource {
  readonly adapter: Adapter;
  readonly projector: ProjectorLayers;
  /** What each row stands for, in row order; as many as M has rows. */
  readonly rowTokens: RowTokens;
  /** The source LLM's embeddings of those rows; absent when neither M nor the source LLM is at hand. */
  readonly embeddings: RowEmbeddings | undefined;
  /** Where the rows are words that the source LLM is asked for: those, and the embeddings of the adapter's own rows. */
  readonly asked?: AskedWords;
  readonly ownRows?: RowEmbeddings | undefined;
  readonly checks: readonly string[];
  readonly warnings: readonly string[];
}

/** Words of a list that an LLM can be asked for. */
export interface AskedWords {
  /** In the order of the list, each with the id that it has in the LLM, as it stands behind a space. */
  readonly tokens: readonly (SourceToken & { readonly id: number })[];
  /** Where they come from. */
  readonly from: string;
}

export interface TransferSourceOptions {
  readonly adapter: Adapter;
  /** The LLM that the adapter was trained for. */
  readonly source?: LlmVocabulary | undefined;
  /** The target, whose tokens choose those of an ordinary projector. */
  readonly target: LlmVocabulary;
  readonly vocabularyFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** When a larger share of the rows differs, it is another LLM; below it, the embeddings of this one were tuned or padded. */
const MAX_DIFFERING_SHARE = 0.5;

/**
 * Finds out what every row of the adapter stands for and, where the source LLM is given, whether M holds its rows.
 *
 * @throws InputError when the rows stay unknown or M belongs to another LLM
 */
export async function describeSource(options: TransferSourceOptions): Promise<TransferSource> {
  const { adapter, source } = options;
  const { projector } = adapter;
  if (projector.kind !== "mm_vocab") return { adapter, projector, ...(await ordinaryRows({ ...options, projector })) };
  const given = await findRowTokens({
    rows: projector.rows,
    folder: adapter.folder,
    file: options.vocabularyFile,
    source: source?.tokenizer,
  });
  const found =
    given === undefined
      ? await recoverRowTokens(options, projector.rows)
      : { rowTokens: given, checks: [], warnings: await compareWithSource(options, given.tokens) };
  const checks = [...found.checks, ...(source && adapter.matrix ? [`M compared with the rows of ${source.name}`] : [])];
  const embeddings = embeddingsOfRows({ adapter, source, tokens: found.rowTokens.tokens });
  const odd = await oddRowWarnings(adapter.matrix, found.rowTokens.tokens, options);
  return { adapter, projector, embeddings, rowTokens: found.rowTokens, checks, warnings: [...found.warnings, ...odd] };
}

type Found = Pick<TransferSource, "rowTokens" | "checks" | "warnings">;

async function recoverRowTokens({ adapter, source, signal }: TransferSourceOptions, rows: number): Promise<Found> {
  const { matrix } = adapter;
  if (source === undefined) {
    throw new InputError(
      `${adapter.path}: nothing says which token each of the ${rows} rows stands for; give the vocabulary file it was trained with (--vocab), or --source and --vocab-matrix to recover it from the rows`,
    );
  }
  const all = tokensOfVocabulary(source.tokenizer);
  if (matrix === undefined) {
    if (rows === source.table.vocabSize || rows === source.tokenizer.size) return wholeVocabulary(source, rows);
    throw new InputError(
      `${adapter.path}: nothing says which token each of the ${rows} rows stands for; give the vocabulary file (--vocab), or the matrix (--vocab-matrix) to recover it from`,
    );
  }
  const recovered = await recoverRows(matrix, source.table, { signal });
  const byId = new Map(all.map((token) => [token.id!, token]));
  const tokens = Array.from(recovered.ids, (id) => byId.get(id) ?? unknownToken(id));
  if (recovered.unmatched.length === rows) {
    throw new InputError(
      `${adapter.path}: no row of the vocabulary matrix is a row of ${source.path}; it was made from another LLM, or from tuned embeddings`,
    );
  }
  const warnings = [
    ...countedLine(recovered.unmatched.map(String), "rows of M are no row of the source; they count as missing: rows"),
    ...countedLine(
      recovered.ambiguous.map(({ row, ids }) => `${row} (ids ${ids.slice(0, 3).join(", ")})`),
      "rows of M equal several rows of the source, and the lowest id was taken: rows",
    ),
  ];
  const matched = rows - recovered.unmatched.length;
  const from = `recovered from the rows of ${source.name}`;
  return { rowTokens: { tokens, from }, checks: [`${matched} of ${rows} rows recovered bit for bit`], warnings };
}

function wholeVocabulary(source: LlmVocabulary, rows: number): Found {
  const tokens = tokensOfIds(source.tokenizer, rows);
  return {
    rowTokens: { tokens, from: `the whole vocabulary of ${source.name}` },
    checks: [`one row for each of the ${rows} ids of ${source.name}`],
    warnings: [],
  };
}

async function compareWithSource(
  { adapter, source }: TransferSourceOptions,
  tokens: readonly SourceToken[],
): Promise<readonly string[]> {
  if (source === undefined || adapter.matrix === undefined) return [];
  if (tokens.some(({ id }) => id === undefined)) return [];
  const pairs = { rows: tokens.map((_, row) => row), ids: tokens.map(({ id }) => id!) };
  const differing = await differingRows(adapter.matrix, source.table, pairs, adapter.path);
  const names = differing.map((row) => `${row} ${JSON.stringify(tokens[row]!.string)}`);
  if (differing.length > MAX_DIFFERING_SHARE * tokens.length) {
    throw new InputError(
      `${adapter.path}: ${differing.length} of ${tokens.length} rows of the vocabulary matrix differ from the rows of ${source.path} (first: row ${names[0]}); the matrix was made from another LLM or with another vocabulary`,
    );
  }
  return countedLine(names, `rows of M differ from the rows of ${source.name}: rows`);
}

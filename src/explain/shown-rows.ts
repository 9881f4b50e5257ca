import type { Adapter } from "../adapter/load.js";
import { embeddingsOfIds, readEmbeddings } from "../adapter/row-embeddings.js";
import { findRowTokens, tokensOfFile } from "../adapter/row-tokens.js";
import { InputError } from "../errors.js";
import type { FloatMatrix } from "../files/read-rows.js";
import type { LlmVocabulary } from "../model/llm/llm-folder.js";
import { tokensOfIds, type SourceToken } from "../vocabulary/source-token.js";

/** The rows that patches can be made of, and the token of each. */
export interface ShownRows {
  /** (rows). */
  readonly tokens: readonly SourceToken[];
  /** (rows) ids of the adapter's LLM that each row is made of, where that is known better than by the tokens' own ids. */
  readonly ids?: readonly (readonly number[])[] | undefined;
  /** Which file named the tokens. */
  readonly from: string;
  /** Whether the rows are in the order of how often their tokens occur. */
  readonly isRanked: boolean;
}

/** The rows of an LLM's table, or those of them that a vocabulary file names. */
export interface LlmRows extends ShownRows {
  /** (rows, hidden size of the LLM). */
  readonly table: FloatMatrix;
}

export interface LabelOptions {
  readonly vocabularyFile?: string | undefined;
  /** Labels in the adapter's folder come before those of `vocabularyFile`. */
  readonly prefersOwnLabels?: boolean | undefined;
}

/**
 * The tokens of an adapter's rows.
 *
 * @throws InputError when no file names them
 */
export async function adapterRows(
  { folder, path }: Adapter,
  rows: number,
  { vocabularyFile: file, prefersOwnLabels = false }: LabelOptions,
): Promise<ShownRows> {
  const own = prefersOwnLabels ? await findRowTokens({ rows, folder }) : undefined;
  const found = own ?? (await findRowTokens({ rows, folder, file }));
  if (found !== undefined) return { tokens: found.tokens, ids: found.ids, from: found.from, isRanked: true };
  throw new InputError(
    `${path}: nothing here says what its ${rows} rows stand for; name the vocabulary file it was trained with (--vocab)`,
  );
}

export interface LlmRowsOptions {
  /** Width of the vectors that are compared with the table. */
  readonly width: number;
  readonly vocabularyFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The whole table of an LLM, or the rows of a list.
 *
 * @throws InputError when it is of another width than the vectors
 */
export async function llmRows(
  adapter: Adapter,
  llm: LlmVocabulary,
  { width, vocabularyFile, signal }: LlmRowsOptions,
): Promise<LlmRows> {
  const { table, tokenizer, name } = llm;
  if (table.hiddenSize !== width) {
    throw new InputError(
      `${adapter.path}: makes vectors of ${width} numbers, "${table.tensor.name}" of ${llm.path} is ${table.hiddenSize} wide; name the LLM that the adapter was made for`,
    );
  }
  if (vocabularyFile === undefined) {
    const tokens = tokensOfIds(tokenizer, table.vocabSize);
    return { tokens, from: `the whole vocabulary of ${name}`, isRanked: false, table: table.tensor };
  }
  const { tokens, from, counts } = await tokensOfFile(vocabularyFile, llm);
  const embeddings = embeddingsOfIds(llm, tokens);
  if (embeddings === undefined) {
    throw new InputError(
      `${vocabularyFile}: lists a token without a row in "${table.tensor.name}" of ${llm.path} (${table.vocabSize} rows)`,
    );
  }
  return { tokens, from, isRanked: counts !== undefined, table: await readEmbeddings(embeddings, { signal }) };
}

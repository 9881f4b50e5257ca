import { join } from "node:path";
import type { Adapter } from "./load.js";
import { readVocabularyFile, VOCABULARY_FILE } from "./vocabulary-file.js";
import { findRowTokens } from "./row-tokens.js";
import { InputError } from "../errors.js";
import { exists } from "../files/look.js";
import type { EmbeddingTable } from "../model/llm/embedding-table.js";
import { openLlm, type LlmFolder } from "../model/llm/llm-folder.js";
import { hashRows } from "../files/block-hash.js";
import { differingRows } from "./table-rows.js";
import { evenSample } from "../tensor/even-sample.js";

type RecordedAdapter = Pick<Adapter, "config" | "folder" | "path" | "matrix">;

interface ChangedRowsOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * One line that says that the rows of an LLM are not those that an adapter was made for: tuning changes them, and the
 * adapter's matrix stays. It compares the hash that a transfer records, else a sample of the matrix. Undefined when the rows are the
 * same, or when neither says what they were.
 */
export async function describeChangedRows(
  adapter: RecordedAdapter,
  llm: string | LlmFolder,
  options: ChangedRowsOptions = {},
): Promise<string | undefined> {
  const recorded = adapter.config.langbridge?.target.rows_sha256;
  if (recorded === undefined) return compareSample(adapter, llm);
  return compareHash({ ...adapter, recorded }, llm, options);
}

async function compareHash(
  { folder, path, recorded }: RecordedAdapter & { readonly recorded: string },
  source: string | LlmFolder,
  { signal }: ChangedRowsOptions,
): Promise<string | undefined> {
  const file = join(folder, VOCABULARY_FILE);
  if (!(await exists(file))) return undefined;
  const ids = (await readVocabularyFile(file)).flatMap((entry) => entry.ids);
  if (ids.length === 0) return undefined; // The whole table was mapped, not rows of it.
  const { path: llm, table } = await openLlm(source);
  const beyond = describeBeyond(ids, table, { path, llm });
  if (beyond !== undefined) return beyond;
  const found = await hashRows(table.tensor, ids, { signal });
  if (found === recorded) return undefined;
  return `${path}: was made for embedding rows of SHA-256 ${recorded}, those of ${llm} have ${found}; ${WAY_OUT}`;
}

const WAY_OUT = "a tuned LLM may answer well all the same, another one needs a transfer";

/** How many rows of an adapter without a hash are compared: another LLM differs in nearly all of them, a tuned one in most. */
const SAMPLE_ROWS = 64;

async function compareSample(
  { folder, path, matrix }: RecordedAdapter,
  source: string | LlmFolder,
): Promise<string | undefined> {
  if (matrix === undefined) return undefined;
  const pairs = await rowPairs(folder, matrix.rows);
  if (pairs.length === 0) return undefined;
  const { path: llm, table } = await openLlm(source);
  if (table.hiddenSize !== matrix.hiddenSize) return undefined; // Putting the model together refuses this, with both widths.
  const ids = pairs.map(({ id }) => id);
  const beyond = describeBeyond(ids, table, { path, llm });
  if (beyond !== undefined) return beyond;
  const sample = evenSample(pairs, SAMPLE_ROWS);
  const asked = { rows: sample.map(({ row }) => row), ids: sample.map(({ id }) => id) };
  const { length } = await differingRows(matrix, table, asked, path);
  if (length === 0) return undefined;
  return `${path}: of ${sample.length} rows of its vocabulary matrix that were compared, ${length} differ from those of ${llm}; ${WAY_OUT}`;
}

interface RowPair {
  readonly row: number;
  readonly id: number;
}

/** The rows of M that are one row of a table, in order. None where no file says which: a model runs without that. */
async function rowPairs(folder: string, rows: number): Promise<readonly RowPair[]> {
  try {
    const tokens = (await findRowTokens({ folder, rows }))?.tokens ?? [];
    return tokens.flatMap(({ id }, row) => (id === undefined ? [] : [{ row, id }]));
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}

function describeBeyond(
  ids: readonly number[],
  { vocabSize }: EmbeddingTable,
  { path, llm }: { readonly path: string; readonly llm: string },
): string | undefined {
  const beyond = ids.find((id) => id >= vocabSize);
  if (beyond === undefined) return undefined;
  return `${path}: was made for an LLM with a row ${beyond}, ${llm} has ${vocabSize} rows; transfer the adapter to it`;
}

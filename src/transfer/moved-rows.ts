import { join } from "node:path";
import type { Adapter } from "../adapter/load.js";
import { readVocabularyFile, VOCABULARY_FILE } from "../adapter/vocabulary-file.js";
import { openCheckpoint } from "../checkpoint/checkpoint.js";
import { gatherRows } from "../files/gather-rows.js";
import { exists, readJsonFile } from "../files/json-file.js";
import { findEmbeddingTable, type EmbeddingTable } from "../model/embedding-table.js";
import { BlockHash } from "./measure.js";

/**
 * One line that says that the rows of the LLM in folder `llm` are not those that an adapter was made for: tuning moves them, and the
 * adapter's matrix stays. Undefined when they are the same, or when the adapter's folder does not record them.
 */
export async function describeMovedRows(
  { config, folder, path }: Pick<Adapter, "config" | "folder" | "path">,
  llm: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string | undefined> {
  const recorded = config.langbridge?.target.rows_sha256;
  const file = join(folder, VOCABULARY_FILE);
  if (recorded === undefined || !(await exists(file))) return undefined;
  const ids = (await readVocabularyFile(file)).flatMap((entry) => entry.ids);
  if (ids.length === 0) return undefined; // The whole table was mapped, not rows of it.
  const table = await openTable(llm);
  const beyond = ids.find((id) => id >= table.vocabSize);
  if (beyond !== undefined) {
    return `${path}: was made for an LLM with a row ${beyond}, ${llm} has ${table.vocabSize} rows; transfer the adapter to it`;
  }
  const found = await hashRows(table, ids, signal);
  if (found === recorded) return undefined;
  return `${path}: was made for embedding rows of SHA-256 ${recorded}, those of ${llm} have ${found}; a tuned LLM may answer well all the same, another one needs a transfer`;
}

async function openTable(llm: string): Promise<EmbeddingTable> {
  const { folder, tensors } = await openCheckpoint(llm);
  return findEmbeddingTable(tensors.values(), await readJsonFile(join(folder, "config.json")), llm);
}

/** As the transfer hashed them. */
async function hashRows({ tensor }: EmbeddingTable, ids: readonly number[], signal: AbortSignal | undefined) {
  const hash = new BlockHash();
  for await (const { bytes } of gatherRows(tensor, ids, { signal, passThrough: true })) hash.add(bytes);
  return hash.finish();
}

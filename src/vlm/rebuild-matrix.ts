import { join } from "node:path";
import type { Adapter } from "../adapter/load.js";
import type { VocabularyProjector } from "../adapter/projector-layers.js";
import { findRowTokens } from "../adapter/row-tokens.js";
import { readVocabularyFile, VOCABULARY_FILE } from "../adapter/vocabulary-file.js";
import { MATRIX_NAME, type VocabularyMatrix } from "../adapter/vocabulary-matrix.js";
import { InputError } from "../errors.js";
import { exists } from "../files/look.js";
import { openLlmVocabulary, type LlmVocabulary } from "../model/llm/llm-folder.js";
import { combineRows, flattenRows } from "../adapter/combine-rows.js";
import type { RowMatch } from "../vocabulary/row-match.js";

type WeightedIds = Pick<RowMatch, "ids" | "weights">;

/**
 * The vocabulary matrix of a tuned model, (rows, hidden): the rows of the LLM before tuning for the tokens that the
 * vocabulary file beside the model lists. It is held in memory, some 160 MB for 19,200 rows of 4,096 bfloat16 numbers.
 *
 * @throws InputError when no file lists the tokens, or one of them is not in the LLM
 */
export async function rebuildMatrix(
  adapter: Adapter,
  projector: VocabularyProjector,
  baseLlm: string,
): Promise<VocabularyMatrix> {
  const base = await openLlmVocabulary(baseLlm);
  const rows = flattenRows(await findRows(adapter, projector.rows, base));
  const { tensor: table, hiddenSize } = base.table;
  // Float32, since the official code keeps the matrix so; means of rows are rounded nowhere else either.
  const dtype = rows.weights.every((weight) => weight === 1) ? table.dtype : "F32";
  const blocks: Uint8Array[] = [];
  // A copy, because the stream uses the memory of a block again.
  for await (const block of combineRows(table, rows, { dtype })) blocks.push(block.slice());
  const bytes = Buffer.concat(blocks);
  const shape = [projector.rows, hiddenSize];
  const tensor = { name: MATRIX_NAME, dtype, shape, file: table.file, byteLength: bytes.length, bytes };
  return { tensor, rows: projector.rows, hiddenSize };
}

/** vocabulary.json says what its rows are made of; the official lists hold one id, or only the token, of the base LLM. */
async function findRows({ folder, path }: Adapter, rows: number, base: LlmVocabulary): Promise<readonly WeightedIds[]> {
  const own = join(folder, VOCABULARY_FILE);
  const found = (await exists(own))
    ? (await readVocabularyFile(own)).map(({ token, ...made }) => ({ token, made }))
    : (await findRowTokens({ rows, folder, source: base.tokenizer }))?.tokens.map(({ string, id }) => ({
        token: string,
        made: id === undefined ? NOTHING : { ids: [id], weights: [1] },
      }));
  if (found?.length !== rows) {
    throw new InputError(
      `${path}: ${found === undefined ? "no file says" : `${VOCABULARY_FILE} says of ${found.length} rows, not`} which token each of the ${rows} rows stands for; put the vocabulary that the adapter was trained with (vocabulary.json or mm_vocab.json) beside the model`,
    );
  }
  return found.map(({ token, made }, row) => {
    if (made.ids.length > 0) return made;
    throw new InputError(
      `${path}: row ${row}, ${JSON.stringify(token)}, is made of no token of ${base.path}; give the matrix itself with --vocab-matrix`,
    );
  });
}

const NOTHING: WeightedIds = { ids: [], weights: [] };

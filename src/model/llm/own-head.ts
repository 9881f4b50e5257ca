import { readRows, type FloatMatrix } from "../../files/read-rows.js";
import { isFloatDtype } from "../../tensor/dtype.js";
import { evenSample } from "../../tensor/even-sample.js";
import { saysTied } from "./embedding-table.js";
import type { LlmFolder } from "./llm-folder.js";

/** A head that was trained apart differs from the table in nearly all of its rows. */
const SAMPLE_ROWS = 64;

/**
 * One line about an LLM whose config.json says that table and output head are one matrix, while its folder holds two that differ.
 * Transformers 5 and this tool answer with the head of the folder, earlier releases with the table. Undefined for any other.
 */
export async function describeOwnHead({ config, path, table }: LlmFolder): Promise<string | undefined> {
  const { tensor, head, vocabSize } = table;
  if (head === undefined || saysTied(config, path) !== true) return undefined;
  if (!isFloatDtype(head.dtype) || head.shape.join() !== tensor.shape.join()) return undefined;
  const ids = evenSample([...Array(vocabSize).keys()], SAMPLE_ROWS);
  const [rows, headRows] = await Promise.all([readRows(tensor, ids), readRows(head as FloatMatrix, ids)]);
  if (rows.every((value, i) => Object.is(value, headRows[i]))) return undefined;
  return `${path}: config.json says tie_word_embeddings, but "${head.name}" differs from "${tensor.name}"; it is used as the output head, as transformers 5 does, where earlier releases used the table`;
}

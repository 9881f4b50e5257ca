import { readRows } from "../files/read-rows.js";
import type { LlmVocabulary } from "../model/llm/llm-folder.js";
import type { FloatDtype } from "../tensor/dtype.js";
import type { CheckpointTensor, MaterialisedTensor } from "../tensor/tensor-info.js";
import type { SourceToken } from "../vocabulary/source-token.js";
import type { Adapter } from "./load.js";

/** Where the embedding of each row of an adapter lies in the table of the LLM it was trained for. */
export interface RowEmbeddings {
  /** (any number of rows, hiddenSize). */
  readonly tensor: CheckpointTensor & { readonly dtype: FloatDtype };
  /** (rows of the adapter) row of the tensor. */
  readonly rows: readonly number[];
  readonly hiddenSize: number;
}

export interface EmbeddingsOfRowsOptions {
  readonly adapter: Pick<Adapter, "matrix" | "decoding">;
  readonly source: LlmVocabulary | undefined;
  readonly tokens: readonly SourceToken[];
}

/**
 * The embeddings that the adapter was trained with: those that it decodes with, else M, else the rows of the source LLM by
 * their ids. Undefined when none is at hand.
 */
export function embeddingsOfRows({ adapter, source, tokens }: EmbeddingsOfRowsOptions): RowEmbeddings | undefined {
  const matrix = adapter.decoding?.matrix ?? adapter.matrix;
  if (matrix !== undefined) {
    return { tensor: matrix.tensor, rows: tokens.map((_, row) => row), hiddenSize: matrix.hiddenSize };
  }
  return source && embeddingsOfIds(source, tokens);
}

/** The rows of an LLM's table for tokens of its own tokenizer; undefined when the id of one is not known. */
export function embeddingsOfIds({ table }: LlmVocabulary, tokens: readonly SourceToken[]): RowEmbeddings | undefined {
  const rows = tokens.flatMap(({ id }) => (id === undefined || id >= table.vocabSize ? [] : [id]));
  if (rows.length < tokens.length) return undefined;
  return { tensor: table.tensor, rows, hiddenSize: table.hiddenSize };
}

/**
 * Reads the embeddings into memory: some 70 MB for 19,200 rows of 896 numbers.
 *
 * @returns F32 (rows, hiddenSize)
 */
export async function readEmbeddings(
  { tensor, rows, hiddenSize }: RowEmbeddings,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<MaterialisedTensor & { readonly dtype: "F32" }> {
  const values = await readRows(tensor, rows, { signal });
  const bytes = new Uint8Array(values.buffer);
  const shape = [rows.length, hiddenSize];
  return { name: "source rows", file: tensor.file, dtype: "F32", shape, byteLength: bytes.length, bytes };
}

import { InputError } from "../../errors.js";
import type { TensorReader } from "../../files/stream-bytes.js";
import { openTensor } from "../../files/tensor-reader.js";
import type { EmbeddingTable } from "../../model/llm/embedding-table.js";
import { bytesPerElement } from "../../tensor/dtype.js";
import { decodeFloats } from "../../tensor/half.js";

/** The input embeddings of tokens, read from the checkpoint one row at a time; the file stays open. */
export class EmbeddingRows {
  readonly #rowBytes: number;

  private constructor(
    private readonly table: EmbeddingTable,
    private readonly reader: TensorReader,
    private readonly scale: number,
  ) {
    this.#rowBytes = table.hiddenSize * bytesPerElement(table.tensor.dtype);
  }

  /** `scale`: what the LLM multiplies its rows by. */
  static async open(table: EmbeddingTable, { scale = 1 }: { readonly scale?: number } = {}): Promise<EmbeddingRows> {
    return new EmbeddingRows(table, await openTensor(table.tensor), scale);
  }

  /**
   * (ids.length, hiddenSize) as float32.
   *
   * @throws InputError for an id beyond the vocabulary
   */
  read(ids: readonly number[]): Float32Array {
    const bytes = new Uint8Array(ids.length * this.#rowBytes);
    ids.forEach((id, i) => {
      if (!Number.isInteger(id) || id < 0 || id >= this.table.vocabSize) {
        throw new InputError(
          `${this.table.tensor.file}: has embeddings of ${this.table.vocabSize} tokens, but token ${id} was asked for; are tokenizer and LLM of one model?`,
        );
      }
      this.reader.readIntoSync(bytes.subarray(i * this.#rowBytes, (i + 1) * this.#rowBytes), id * this.#rowBytes);
    });
    const rows = decodeFloats(bytes, this.table.tensor.dtype);
    return this.scale === 1 ? rows : rows.map((value) => value * this.scale);
  }

  async close(): Promise<void> {
    await this.reader.close();
  }
}

import { DECODE_MATRIX_NAME } from "../../adapter/decoding.js";
import { MATRIX_NAME } from "../../adapter/vocabulary-matrix.js";
import { sha256 } from "../../files/hash.js";
import type { EmbeddingTable } from "../../model/llm/embedding-table.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import { BlockHash } from "../../files/block-hash.js";
import { DAMAGED, narrows, OUT_OF_RANGE, RowMeter } from "./measure.js";
import type { PlannedRow, RowPlan } from "../rows/row-plan.js";
import { streamOutputs } from "./projector-stream.js";
import { combineRows, flattenRows } from "../../adapter/combine-rows.js";
import type { RowEmbeddings } from "../../adapter/row-embeddings.js";
import type { TransferSource } from "../rows/source.js";

/** A tensor to be written. Its bytes are made while it is written, and only once. */
export interface OutputTensor {
  readonly name: string;
  readonly dtype: FloatDtype;
  readonly shape: readonly number[];
  /** Chunks of whole rows. */
  readonly data: AsyncGenerator<Uint8Array, void, undefined>;
}

/** The tensors of the new adapter, and what streaming them measured. */
export interface TransferOutputs {
  readonly tensors: readonly OutputTensor[];
  /** The settings that were used, whoever chose them; config.json records them. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** What the method found out and checked on the way, one line each. */
  readonly checks: readonly string[];
  /** The rows as they are written, where making them showed that some are not needed; those of the plan when left out. */
  readonly rowPlan?: RowPlan | undefined;
  /** What is wrong with them though they are made, one line each. */
  readonly warnings?: readonly string[] | undefined;
  /** Valid once every tensor has been streamed to its end. */
  readonly measure: () => Promise<OutputMeasures>;
}

export interface OutputMeasures extends ProjectorMeasures {
  /**
   * Hash of the target rows that were gathered, in the order of vocabulary.json's ids; a `BlockHash`, as the hashes of the
   * tensors are.
   */
  readonly rowsSha256: string;
  /** Hash of the source rows that patches are decoded with, where there are any. */
  readonly decodeRowsSha256?: string;
}

export interface ProjectorMeasures {
  /** Hash over the source's projector tensors: SHA-256 of the lines "NAME HASH", names in the order of the layers. */
  readonly adapterSha256: string;
  /** (source rows) squared norm of each row of the head; absent for an ordinary projector, which has none. */
  readonly headSquares?: Float64Array;
}

export interface OutputOptions {
  /** "keep": each tensor in the dtype of the checkpoint it comes from. */
  readonly dtype: FloatDtype | "keep";
  readonly signal?: AbortSignal | undefined;
}

type FloatTensor = CheckpointTensor & { readonly dtype: FloatDtype };

/** The layers of the source's projector as they are; of the head only the rows `kept`, ascending, where `kept` is given. */
export function projectorOutputs(
  { adapter, projector }: Pick<TransferSource, "adapter" | "projector">,
  { kept, ...options }: OutputOptions & { readonly kept?: readonly number[] | undefined },
): { readonly tensors: readonly OutputTensor[]; readonly measure: () => Promise<ProjectorMeasures> } {
  const layers = Object.entries(projector.layers).flatMap(([number, { weight, bias }]) => {
    const outputs = number === "3" ? kept : undefined;
    return [
      projectorOutput(`mm_projector.${number}.weight`, weight as FloatTensor, { ...options, outputs, adapter }),
      projectorOutput(`mm_projector.${number}.bias`, bias as FloatTensor, { ...options, outputs, adapter }),
    ];
  });
  const head = layers.find(({ tensor }) => tensor.name === "mm_projector.3.weight");
  return {
    tensors: layers.map(({ tensor }) => tensor),
    measure: async () => ({
      adapterSha256: await hashOfHashes(layers),
      ...(head && { headSquares: head.meter.squaredNorms() }),
    }),
  };
}

interface MeasuredOutput {
  readonly tensor: OutputTensor;
  /** Both are of the bytes that are read, before any change of dtype. */
  readonly hash: BlockHash;
  readonly meter: RowMeter;
}

interface ProjectorOutputOptions extends OutputOptions {
  readonly outputs: readonly number[] | undefined;
  readonly adapter: { readonly path: string };
}

/**
 * Measures every row as it is read, rows that are dropped too, and once more as it is written where it may leave the range of
 * the new dtype.
 */
function projectorOutput(
  name: string,
  source: FloatTensor,
  { outputs, dtype: wanted, adapter, signal }: ProjectorOutputOptions,
): MeasuredOutput {
  const [size, columns = 1] = source.shape as [number, number?];
  const kept = outputs ?? Array.from({ length: size }, (_, i) => i);
  const dtype = wanted === "keep" ? source.dtype : wanted;
  const describe = (row: number): string => `${adapter.path}: row ${row} of "${source.name}"`;
  const hash = new BlockHash();
  const meter = new RowMeter(columns, source.dtype, (row) => `${describe(row)} ${DAMAGED}`);
  const onSource = (bytes: Uint8Array): void => {
    hash.add(bytes);
    meter.add(bytes);
  };
  const stream = streamOutputs(source, kept, { dtype, signal, onSource });
  const written = new RowMeter(columns, dtype, (row) => `${describe(kept[row]!)} ${OUT_OF_RANGE}`);
  const data = narrows(source.dtype, dtype) ? written.measured(stream) : stream;
  return { tensor: { name, dtype, shape: [kept.length, ...source.shape.slice(1)], data }, hash, meter };
}

async function hashOfHashes(layers: readonly MeasuredOutput[]): Promise<string> {
  const lines = await Promise.all(layers.map(async ({ tensor, hash }) => `${tensor.name} ${await hash.finish()}\n`));
  return sha256(lines.join(""));
}

/**
 * A tensor of rows gathered from a table, and the hash of the bytes in that table; the hash is valid once the tensor was
 * streamed.
 */
export interface HashedOutput {
  readonly tensor: OutputTensor;
  readonly sha256: () => Promise<string>;
}

/** M over the target's table: (rows, hidden size), each row the sum of its weighted list. */
export function listedRowsOutput(
  { tensor }: EmbeddingTable,
  rows: readonly PlannedRow[],
  options: OutputOptions,
): HashedOutput {
  return combinedOutput(MATRIX_NAME, tensor, rows, options);
}

/** The source's rows as they are: (rows, source hidden size). Its stream ends at a row that is not finite. */
export function sourceRowsOutput({ tensor, rows }: RowEmbeddings, options: OutputOptions): HashedOutput {
  const lists = rows.map((row) => ({ ids: [row], weights: [1] }));
  const output = combinedOutput(DECODE_MATRIX_NAME, tensor, lists, options);
  const { dtype, shape, data } = output.tensor;
  const fault = narrows(tensor.dtype, dtype) ? OUT_OF_RANGE : DAMAGED;
  const complain = (row: number): string => `${tensor.file}: row ${rows[row]} of "${tensor.name}" ${fault}`;
  const meter = new RowMeter(shape[1]!, dtype, complain);
  return { ...output, tensor: { ...output.tensor, data: meter.measured(data) } };
}

function combinedOutput(
  name: string,
  table: FloatTensor,
  rows: readonly Pick<PlannedRow, "ids" | "weights">[],
  { dtype: wanted, signal }: OutputOptions,
): HashedOutput {
  const dtype = wanted === "keep" ? table.dtype : wanted;
  const hash = new BlockHash();
  const data = combineRows(table, flattenRows(rows), { dtype, signal, onSource: hash.add });
  return { tensor: { name, dtype, shape: [rows.length, table.shape[1]!], data }, sha256: () => hash.finish() };
}

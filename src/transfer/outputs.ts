import type { VocabularyProjector } from "../adapter/projector.js";
import { MATRIX_NAME } from "../adapter/vocabulary-matrix.js";
import { sha256 } from "../files/hash.js";
import type { EmbeddingTable } from "../model/embedding-table.js";
import type { FloatDtype } from "../tensor/dtype.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { BlockHash, RowMeter } from "./measure.js";
import type { PlannedRow } from "./row-plan.js";
import { streamOutputs } from "./projector-stream.js";
import { combineRows, flattenRows } from "./row-stream.js";

/** A tensor to be written: its bytes are made while they are asked for, once. */
export interface OutputTensor {
  readonly name: string;
  readonly dtype: FloatDtype;
  readonly shape: readonly number[];
  readonly data: AsyncGenerator<Uint8Array, void, undefined>;
}

/** The tensors of the new adapter, and what streaming them measured. */
export interface TransferOutputs {
  readonly tensors: readonly OutputTensor[];
  /** Valid once every tensor has been streamed to its end. */
  readonly measure: () => Promise<OutputMeasures>;
}

export interface OutputMeasures {
  /** Over the source's projector tensors: SHA-256 of the lines "NAME HASH", names in the order of the layers. */
  readonly adapterSha256: string;
  /** Of the target rows gathered, in the order of vocabulary.json's ids; a `BlockHash`, as those of the tensors. */
  readonly rowsSha256: string;
  /** (source rows) squared norm of each row of the head. */
  readonly headSquares: Float64Array;
}

export interface OutputOptions {
  readonly projector: VocabularyProjector;
  readonly adapterPath: string;
  readonly table: EmbeddingTable;
  readonly rows: readonly PlannedRow[];
  /** "keep": each tensor in the dtype of the checkpoint it comes from. */
  readonly dtype: FloatDtype | "keep";
  readonly signal?: AbortSignal | undefined;
}

type FloatTensor = CheckpointTensor & { readonly dtype: FloatDtype };

/** Describes the seven tensors of the new adapter: the projector with the rows kept, and M over the target's table. */
export function transferOutputs(options: OutputOptions): TransferOutputs {
  const kept = options.rows.map(({ sourceRow }) => sourceRow);
  const layers = Object.entries(options.projector.layers).flatMap(([number, { weight, bias }]) => {
    const outputs = number === "3" ? kept : undefined;
    return [
      projectorOutput(`mm_projector.${number}.weight`, weight as FloatTensor, outputs, options),
      projectorOutput(`mm_projector.${number}.bias`, bias as FloatTensor, outputs, options),
    ];
  });
  const head = layers.find(({ tensor }) => tensor.name === "mm_projector.3.weight")!;
  const matrix = matrixOutput(options);
  return {
    tensors: [...layers, matrix].map(({ tensor }) => tensor),
    measure: async () => ({
      adapterSha256: await hashOfHashes(layers),
      rowsSha256: await matrix.hash.finish(),
      headSquares: head.meter.squaredNorms(),
    }),
  };
}

interface MeasuredOutput {
  readonly tensor: OutputTensor;
  readonly meter: RowMeter;
}

function projectorOutput(
  name: string,
  source: FloatTensor,
  outputs: readonly number[] | undefined,
  { dtype: wanted, adapterPath, signal }: OutputOptions,
): MeasuredOutput {
  const [size, columns = 1] = source.shape as [number, number?];
  const kept = outputs ?? Array.from({ length: size }, (_, i) => i);
  const dtype = wanted === "keep" ? source.dtype : wanted;
  const meter = new RowMeter(columns, source.dtype, (row) => `${adapterPath}: row ${row} of "${source.name}"`);
  const data = streamOutputs(source, kept, { dtype, signal, onSource: meter.add });
  return { tensor: { name, dtype, shape: [kept.length, ...source.shape.slice(1)], data }, meter };
}

function matrixOutput({ table, rows, dtype: wanted, signal }: OutputOptions): {
  tensor: OutputTensor;
  hash: BlockHash;
} {
  const dtype = wanted === "keep" ? table.tensor.dtype : wanted;
  const hash = new BlockHash();
  const data = combineRows(table.tensor, flattenRows(rows), { dtype, signal, onSource: hash.add });
  return { tensor: { name: MATRIX_NAME, dtype, shape: [rows.length, table.hiddenSize], data }, hash };
}

async function hashOfHashes(layers: readonly MeasuredOutput[]): Promise<string> {
  const lines = await Promise.all(
    layers.map(async ({ tensor, meter }) => `${tensor.name} ${await meter.hash.finish()}\n`),
  );
  return sha256(lines.join(""));
}

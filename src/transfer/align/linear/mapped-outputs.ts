import type { LinearLayer } from "../../../adapter/projector-layers.js";
import { MATRIX_NAME } from "../../../adapter/vocabulary-matrix.js";
import { readRows } from "../../../files/read-rows.js";
import { readTensor } from "../../../files/read-tensor.js";
import type { FloatDtype } from "../../../tensor/dtype.js";
import { decodeFloats, encodeFloats } from "../../../tensor/half.js";
import { hashRows } from "../../../files/block-hash.js";
import { RowMeter } from "../../tensors/measure.js";
import { projectorOutputs, type OutputTensor, type TransferOutputs } from "../../tensors/outputs.js";
import { keptRowNumbers } from "../../rows/row-plan.js";
import type { TransferSource } from "../../rows/source.js";
import type { AlignTask } from "../method.js";
import type { FittedMap, LinearMap } from "./linear-map.js";
import { RowMapper } from "./row-mapper.js";
import type { SharedPairs } from "./shared-pairs.js";

/** Bytes of float32 rows in one product. */
const CHUNK_BYTES = 32 * 2 ** 20;

interface Options {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The tensors of an adapter whose embeddings go through the map. In a vocabulary projector every row of M is mapped. In an
 * ordinary one the last layer is followed by the map: W' = R^T W and b' = R^T (b - source mean) + target mean.
 */
export function mappedOutputs(
  task: AlignTask,
  pairs: SharedPairs,
  { map, settings, checks, warnings }: FittedMap,
  options: Options,
): TransferOutputs {
  const { source, rowPlan, dtype } = task;
  const isVocabulary = source.projector.kind === "mm_vocab";
  const kept = isVocabulary ? keptRowNumbers(rowPlan) : undefined;
  const layers = projectorOutputs(source, { kept, dtype, ...options });
  const tensors = isVocabulary
    ? [...layers.tensors, mappedMatrix(task, map, options)]
    : layers.tensors.map((tensor) => mapLayer(tensor, source, map, options));
  return {
    tensors,
    settings,
    checks,
    warnings,
    measure: async () => ({
      ...(await layers.measure()),
      rowsSha256: await hashRows(pairs.target, pairs.targetRows, options),
    }),
  };
}

function mappedMatrix({ source, target, rowPlan, dtype: wanted }: AlignTask, map: LinearMap, options: Options) {
  const dtype = wanted === "keep" ? target.table.tensor.dtype : wanted;
  const { tensor, rows: places } = source.embeddings!;
  const rows = keptRowNumbers(rowPlan).map((row) => places[row]!);
  const chunk = Math.max(1, Math.floor(CHUNK_BYTES / (4 * Math.max(map.sourceColumns, map.targetColumns))));
  const make = async function* (mapper: RowMapper): OutputTensor["data"] {
    for (let first = 0; first < rows.length; first += chunk) {
      const values = await readRows(tensor, rows.slice(first, first + chunk), options);
      yield encodeFloats(await mapper.places(values), dtype);
    }
  };
  return { name: MATRIX_NAME, dtype, shape: [rows.length, map.targetColumns], data: withMapper(map, options, make) };
}

/** The tensor itself; for the last layer's weight and bias, what the map makes of them. */
function mapLayer(
  tensor: OutputTensor,
  { adapter, projector }: TransferSource,
  map: LinearMap,
  options: Options,
): OutputTensor {
  const [number, { weight, bias }] = Object.entries(projector.layers as Readonly<Record<string, LinearLayer>>).at(-1)!;
  const isWeight = tensor.name === `mm_projector.${number}.weight`;
  if (!isWeight && tensor.name !== `mm_projector.${number}.bias`) return tensor;
  const source = isWeight ? weight : bias;
  const make = async function* (mapper: RowMapper): OutputTensor["data"] {
    await exhaust(tensor.data); // The source is measured while its bytes pass.
    const values = decodeFloats(await readTensor(source), source.dtype as FloatDtype);
    yield encodeFloats(isWeight ? await mapColumns(values, map, mapper) : await mapper.places(values), tensor.dtype);
  };
  const shape = [map.targetColumns, ...tensor.shape.slice(1)];
  const complaint = (row: number): string =>
    `${adapter.path}: row ${row} of "${source.name}" is NaN or beyond the range of ${tensor.dtype} once it is mapped; choose --dtype bf16 or f32`;
  const meter = new RowMeter(shape[1] ?? 1, tensor.dtype, complaint);
  return { ...tensor, shape, data: meter.measured(withMapper(map, options, make)) };
}

async function exhaust(data: OutputTensor["data"]): Promise<void> {
  while ((await data.next()).done !== true);
}

/** R^T W of W (source columns, inputs): (target columns, inputs). */
async function mapColumns(weight: Float32Array, map: LinearMap, mapper: RowMapper): Promise<Float32Array> {
  const inputs = weight.length / map.sourceColumns;
  return transposed(await mapper.directions(transposed(weight, inputs)), map.targetColumns);
}

/** values (rows, columns) as (columns, rows). */
function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  const turned = new Float32Array(values.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[i++]!;
  }
  return turned;
}

async function* withMapper(
  map: LinearMap,
  options: Options,
  make: (mapper: RowMapper) => OutputTensor["data"],
): OutputTensor["data"] {
  const mapper = await RowMapper.open(map, options);
  try {
    yield* make(mapper);
  } finally {
    await mapper.close();
  }
}

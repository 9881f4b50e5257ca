import type { TensorToWrite } from "../../checkpoint/tensor-to-write.js";
import { InputError } from "../../errors.js";
import { gatherAllRows } from "../../files/gather-rows.js";
import { encodeInRange } from "../../files/stream-floats.js";
import { projectorOutputSize, type ProjectorWeights } from "../../model/projector/projector-graph.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import { decodeFloats, encodeFloats } from "../../tensor/half.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import { LLAVA_NAMES } from "./llava-tensors.js";

/**
 * Units of the hidden layer that a projector takes as Linear, GELU, Linear. One linear layer takes two for each of its inputs,
 * because x = GELU(x) - GELU(-x).
 */
export function hiddenUnits({ kind, layers }: ProjectorWeights): number {
  const [outputs, inputs] = layers[0].weight.shape as [number, number];
  return kind === "linear" ? 2 * inputs : outputs;
}

/**
 * Checks that LlavaForConditionalGeneration can hold the projector: its hidden layer is as wide as the LLM. Source:
 * transformers, modeling_llava.py, LlavaMultiModalProjector.
 *
 * @throws InputError when it cannot
 */
export function requireCarried(projector: ProjectorWeights, path: string): void {
  const { kind } = projector;
  requireNotDecoded(projector, path, "LlavaForConditionalGeneration");
  const [units, width] = [hiddenUnits(projector), projectorOutputSize(projector)];
  if (units <= width) return;
  const takes = kind === "linear" ? `takes ${units} hidden units as two layers` : `has ${units} hidden units`;
  throw new InputError(
    `${path}: the ${kind} projector ${takes}, and LlavaForConditionalGeneration has as many as the LLM is wide, ${width}; --format onnx carries it`,
  );
}

/**
 * `holder` is what cannot hold a projector that decodes patches.
 *
 * @throws InputError for such a projector, which only an ONNX graph can hold
 */
export function requireNotDecoded({ decoding, wordChoice }: ProjectorWeights, path: string, holder: string): void {
  if (wordChoice !== undefined) {
    throw new InputError(
      `${path}: was transferred with --align contextual and says one word at each patch, which ${holder} has no place for; transfer it with --projector mlp, or take --format onnx`,
    );
  }
  if (decoding === undefined) return;
  throw new InputError(
    `${path}: was transferred with --align ${decoding.spec.method}, which decodes every patch at run time, and ${holder} has no place for it; transfer it with --align none, ridge or procrustes, or take --format onnx`,
  );
}

export type TwoLayerProjector = ProjectorWeights & { readonly kind: "mlp2x_gelu" | "linear" };

export interface ProjectorTensorsOptions {
  /** Of one layer of the new projector. */
  readonly dtypeOf: (tensor: CheckpointTensor) => FloatDtype;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The four tensors of transformers' projector, (width, inputs), (width), (width, width), (width), that compute what a projector of
 * one or two layers computes. Hidden units it lacks are zero: GELU(0) = 0, and nothing leads on from them.
 */
export function projectorTensors(
  projector: TwoLayerProjector,
  { dtypeOf, signal }: ProjectorTensorsOptions,
): TensorToWrite[] {
  const width = projectorOutputSize(projector);
  const last = projector.layers.at(-1)!;
  const inputs = projector.layers[0].weight.shape[1]!;
  const { scale = 1 } = projector;
  const scaled = (parts: readonly Part[]): Part[] => parts.map((part) => ({ ...part, factor: part.factor * scale }));
  const write = (name: string, tensor: CheckpointTensor, shape: readonly number[], parts: readonly Part[]) => {
    const dtype = dtypeOf(tensor);
    const data = placed(tensor, { shape, parts, dtype, signal });
    return { name: LLAVA_NAMES.projector + name, dtype, shape, data };
  };
  const isLinear = projector.kind === "linear";
  const first = isLinear
    ? splitSigns({ width, inputs, dtype: dtypeOf(last.weight) })
    : [
        write("linear_1.weight", projector.layers[0].weight, [width, inputs], AS_IT_IS),
        write("linear_1.bias", projector.layers[0].bias, [width], AS_IT_IS),
      ];
  const joined = isLinear ? [...AS_IT_IS, { at: inputs, factor: -1 }] : AS_IT_IS;
  return [
    ...first,
    write("linear_2.weight", last.weight, [width, width], scaled(joined)),
    write("linear_2.bias", last.bias, [width], scaled(AS_IT_IS)),
  ];
}

/** A copy of a matrix within a larger one: from which column on, and times what. */
interface Part {
  readonly at: number;
  readonly factor: number;
}

const AS_IT_IS: readonly Part[] = [{ at: 0, factor: 1 }];

interface Placing {
  readonly shape: readonly number[];
  readonly parts: readonly Part[];
  readonly dtype: FloatDtype;
  readonly signal: AbortSignal | undefined;
}

/** Most numbers of one chunk of zeroes. */
const ZEROES = 2 ** 20;

/** The matrix `shape` that holds a tensor's rows in its first rows, once for each part, and zeroes elsewhere. */
async function* placed(tensor: CheckpointTensor, { shape, parts, dtype, signal }: Placing): AsyncGenerator<Uint8Array> {
  // A bias is a column.
  const [rows, columns] = [shape[0]!, shape[1] ?? 1];
  const [ownRows, ownColumns] = [tensor.shape[0]!, tensor.shape[1] ?? 1];
  const matrix = { ...tensor, shape: [ownRows, ownColumns] };
  for await (const { count, bytes } of gatherAllRows(matrix, { signal, passThrough: true })) {
    const values = decodeFloats(bytes, tensor.dtype as FloatDtype); // (count, ownColumns)
    const block = new Float32Array(count * columns); // (count, columns)
    for (let row = 0; row < count; row++) {
      const own = values.subarray(row * ownColumns, (row + 1) * ownColumns);
      for (const { at, factor } of parts) {
        block.set(factor === 1 ? own : own.map((value) => factor * value), row * columns + at);
      }
    }
    yield encodeInRange(block, dtype, tensor);
  }
  for (let left = (rows - ownRows) * columns; left > 0; left -= ZEROES) {
    yield encodeFloats(new Float32Array(Math.min(left, ZEROES)), dtype);
  }
}

/** The layer that gives x and -x: [1; -1; 0], without a bias. */
function splitSigns({ width, inputs, dtype }: { width: number; inputs: number; dtype: FloatDtype }): TensorToWrite[] {
  const weight = new Float32Array(width * inputs); // (width, inputs)
  for (let input = 0; input < inputs; input++) {
    weight[input * inputs + input] = 1;
    weight[(inputs + input) * inputs + input] = -1;
  }
  const name = `${LLAVA_NAMES.projector}linear_1`;
  return [
    { name: `${name}.weight`, dtype, shape: [width, inputs], data: encodeFloats(weight, dtype) },
    { name: `${name}.bias`, dtype, shape: [width], data: encodeFloats(new Float32Array(width), dtype) },
  ];
}

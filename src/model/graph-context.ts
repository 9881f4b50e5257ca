import type { FloatType } from "../onnx/element-type.js";
import type { Value } from "../onnx/graph.js";
import type { GraphBuilder } from "../onnx/graph-builder.js";
import { add, blockSums, cast, gemm, matMulNBits } from "../onnx/operators.js";
import type { QuantisedTensor } from "../tensor/blocks.js";
import { InputError } from "../errors.js";
import { isFloatDtype } from "../tensor/dtype.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { requireShape, type Weights } from "../checkpoint/weights.js";

/** The arithmetic that a graph is built for. */
export interface GraphTarget {
  /** The type the arithmetic is done in; inputs and outputs of a graph are float32 whatever it is. */
  readonly compute: FloatType;
  /** Weights that were block-quantised, by tensor name. */
  readonly quantised?: ReadonlyMap<string, QuantisedTensor>;
  /** Whether patches are taken by a convolution, otherwise by an ordinary product with the same result; true when left out. */
  readonly convolves?: boolean;
}

/** A graph that is being built from the weights of one folder. */
export interface GraphContext {
  readonly g: GraphBuilder;
  readonly weights: Weights;
  readonly target: GraphTarget;
  /** Names of the tensors taken so far. */
  readonly used: Set<string>;
}

/** The beginning of a graph: no tensor is taken yet. */
export const graphContext = (parts: Omit<GraphContext, "used">): GraphContext => ({ ...parts, used: new Set() });

function take({ weights, used }: GraphContext, name: string, shape: readonly number[]): CheckpointTensor {
  used.add(name);
  const tensor = requireShape(weights, name, shape);
  if (isFloatDtype(tensor.dtype)) return tensor;
  throw new InputError(
    `${tensor.file}: "${name}" is ${tensor.dtype}, expected F32, F16 or BF16; use the folder that is not quantised`,
  );
}

/** A weight in the type of the arithmetic; onnxruntime converts a stored type once, at load. */
export function weight(context: GraphContext, name: string, shape: readonly number[]): Value {
  const { g, target } = context;
  return cast(g, g.weight(take(context, name, shape)), target.compute);
}

/**
 * x (rows, in) through a linear layer stored as (out, in): (rows, out); `bias` names its tensor, without one there is none.
 * Gemm multiplies by the stored layout as it lies and runs on every device; docs/measurements.md has the figures.
 */
export function linear(
  context: GraphContext,
  x: Value,
  { name, outputs, bias }: { readonly name: string; readonly outputs: number; readonly bias?: string | undefined },
): Value {
  const { g, target } = context;
  const shape = [outputs, x.shape.at(-1) as number];
  const biasValue = bias === undefined ? undefined : weight(context, bias, [outputs]);
  const quantised = target.quantised?.get(name);
  if (quantised === undefined) return gemm(g, x, weight(context, name, shape), biasValue);
  take(context, name, shape);
  const scales = cast(g, g.weight(quantised.scales), target.compute);
  const product = matMulNBits(g, x, g.weight(quantised.blocks), scales, quantised);
  if (quantised.offsets === undefined) return biasValue === undefined ? product : add(g, product, biasValue);
  // An offset is the same for a whole block, so it counts as often as the sum of the block's inputs.
  const offsets = cast(g, g.weight(quantised.offsets), target.compute);
  return add(g, product, gemm(g, blockSums(g, x, quantised.blockSize), offsets, biasValue));
}

import type { LinearLayer, ProjectorLayers } from "../../adapter/projector-layers.js";
import { readTensor } from "../../files/read-tensor.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import type { Graph } from "../../onnx/graph.js";
import { gelu, gemm } from "../../onnx/operators.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import { decodeFloats } from "../../tensor/half.js";
import { normalNumbers } from "../../tensor/random.js";
import type { CheckpointTensor, MaterialisedTensor } from "../../tensor/tensor-info.js";

/** A layer of GELU units over the features of a vision tower: GELU(W x + b). */
export interface Units {
  /** (units, features). */
  readonly weight: Float32Array;
  /** (units). */
  readonly bias: Float32Array;
}

export interface UnitsOptions {
  /** How many units the layer has. */
  readonly count: number;
  /** Features of some pictures, (n, features): random units are scaled by their mean and spread. */
  readonly features: readonly Float32Array[];
}

const SEED = 0;

/**
 * The units of a projector's first layer, which were trained to tell apart what is seen, and random ones up to `count`. A projector of
 * one layer has no units, so that all are random; of one with more than `count` the first are taken.
 */
export async function makeUnits(projector: ProjectorLayers, { count, features }: UnitsOptions): Promise<Units> {
  const inputs = projector.visionHiddenSize;
  const own = projector.kind === "linear" ? undefined : await readLayer(projector.layers[0]);
  const kept = Math.min(count, own?.bias.length ?? 0);
  const weight = new Float32Array(count * inputs);
  const bias = new Float32Array(count);
  weight.set(own?.weight.subarray(0, kept * inputs) ?? []);
  bias.set(own?.bias.subarray(0, kept) ?? []);
  addRandom({ weight, bias }, kept, spreadOf(features, inputs));
  return { weight, bias };
}

/** Random directions over features that are centred and scaled to a deviation of 1, so that about half of them are open for a patch. */
function addRandom({ weight, bias }: Units, from: number, { mean, deviation }: Spread): void {
  const inputs = mean.length;
  const count = bias.length - from;
  const numbers = normalNumbers(count * (inputs + 1), SEED);
  for (let i = 0; i < count; i++) {
    let shift = numbers[count * inputs + i]!;
    for (let j = 0; j < inputs; j++) {
      const factor = numbers[i * inputs + j]! / Math.sqrt(inputs) / deviation[j]!;
      weight[(from + i) * inputs + j] = factor;
      shift -= factor * mean[j]!;
    }
    bias[from + i] = shift;
  }
}

interface Spread {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

function spreadOf(pieces: readonly Float32Array[], width: number): Spread {
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)];
  let rows = 0;
  for (const piece of pieces) {
    piece.forEach((value, i) => {
      sums[i % width]! += value;
      squares[i % width]! += value * value;
    });
    rows += piece.length / width;
  }
  const mean = sums.map((sum) => sum / rows);
  // A feature that is the same for all patches tells nothing, whatever it is multiplied by.
  const deviation = squares.map((square, i) => Math.sqrt(Math.max(square / rows - mean[i]! ** 2, 0)) || 1);
  return { mean, deviation };
}

async function readLayer({ weight, bias }: LinearLayer): Promise<Units> {
  return { weight: await readFloats(weight), bias: await readFloats(bias) };
}

const readFloats = async (tensor: CheckpointTensor): Promise<Float32Array> =>
  decodeFloats(await readTensor(tensor), tensor.dtype as FloatDtype);

/** float32 numbers in memory as a tensor of a graph. */
export function floatTensor(name: string, values: Float32Array, shape: readonly number[]): MaterialisedTensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, file: "memory", dtype: "F32", shape, byteLength: bytes.byteLength, bytes };
}

/** The graph from `features` float32 (n, features) to `units` float32 (n, units). */
export function buildUnitsGraph({ weight, bias }: Units): Graph {
  const g = new GraphBuilder();
  const [count, inputs] = [bias.length, weight.length / bias.length];
  const features = g.input("features", "float32", ["n", inputs]);
  const layer = [floatTensor("weight", weight, [count, inputs]), floatTensor("bias", bias, [count])] as const;
  g.output(gelu(g, gemm(g, features, g.weight(layer[0]), g.weight(layer[1]))), "units");
  return g.finish();
}

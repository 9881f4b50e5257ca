import { buildDecoderGraph } from "../../model/llm/decoder-graph.js";
import { linearNames, type Decoder } from "../../model/llm/decoder.js";
import type { DecoderSpec } from "../../model/llm/decoder-spec.js";
import type { QuantisedTensor } from "../../tensor/blocks.js";
import { requireTensor } from "../../model/weights.js";
import { ELEMENT_TYPES, type FloatType } from "../../onnx/element-type.js";
import type { Graph } from "../../onnx/graph.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import { checkMemory, weightBytes } from "../devices/memory.js";
import type { PartOptions } from "./part-options.js";
import { blockBits, computeType, type Precision } from "../devices/precision.js";
import { outlineQuantised, quantiseTensors } from "./quantise.js";
import type { CacheShape } from "../sessions/protocol.js";

export interface DecoderParts {
  readonly decoder: Decoder;
  readonly precision: Precision;
  readonly contextLength: number;
}

export interface WeighedGraph {
  readonly graph: Graph;
  readonly cache: CacheShape;
  /** Weights and cache, estimated from the shapes. */
  readonly memoryBytes: number;
}

/**
 * Builds a decoder's graph, with its weights rounded to blocks where the precision says so; throws UnavailableError when the CPU's
 * memory is short. That is seen by shapes alone, since to round the weights of an LLM takes minutes.
 */
export async function weighedDecoderGraph(parts: DecoderParts, options: PartOptions): Promise<WeighedGraph> {
  const { decoder, precision, contextLength } = parts;
  const compute = computeType(precision);
  const cache = cacheShape(decoder.spec, contextLength, compute);
  const graphWith = (quantised: Quantised = new Map()): Graph =>
    buildDecoderGraph(decoder, { target: { compute, quantised }, positions: contextLength });
  const bits = blockBits(precision);
  const linear = bits === undefined ? [] : linearTensors(decoder);
  const outline = graphWith(bits && outlineQuantised(linear, bits));
  const memoryBytes = weightBytes(outline, compute) + cacheBytes(cache);
  if (options.device.kind === "cpu") checkMemory(memoryBytes, `${decoder.weights.where} in ${precision}`);
  const graph = bits === undefined ? outline : graphWith(await quantiseTensors(linear, bits, options));
  return { graph, cache, memoryBytes };
}

type Quantised = ReadonlyMap<string, QuantisedTensor>;

function cacheShape({ layers, kvHeads, headDim }: DecoderSpec, capacity: number, compute: FloatType): CacheShape {
  // bfloat16 cannot cross into JavaScript.
  return { layers: layers.length, kvHeads, headDim, capacity, type: compute === "float16" ? "float16" : "float32" };
}

function cacheBytes({ layers, kvHeads, headDim, capacity, type }: CacheShape): number {
  return 2 * layers * kvHeads * headDim * capacity * ELEMENT_TYPES[type].bytes;
}

function linearTensors(decoder: Decoder): CheckpointTensor[] {
  const { weights } = decoder;
  return linearNames(decoder).map((name) => {
    const { shape } = weights.tensors.get(name) ?? { shape: [] };
    return requireTensor(weights, name, shape);
  });
}

import { buildDecoderGraph } from "../../model/llm/decoder-graph.js";
import { linearNames, type Decoder } from "../../model/llm/decoder.js";
import type { DecoderSpec } from "../../model/llm/decoder-spec.js";
import type { QuantisedTensor } from "../../tensor/blocks.js";
import { requireTensor } from "../../checkpoint/weights.js";
import { ELEMENT_TYPES, type FloatType } from "../../onnx/element-type.js";
import type { Graph } from "../../onnx/graph.js";
import { isComputed, type CheckpointTensor, type TensorInfo } from "../../tensor/tensor-info.js";
import { checkMemory, weightBytes } from "../devices/memory.js";
import type { PartOptions } from "./part-options.js";
import { blockBits, computeType, type Precision } from "../devices/precision.js";
import { outlineNumbers, placeNumbers, withTensors } from "./placed-numbers.js";
import { outlineQuantised, quantiseTensors } from "./quantise.js";
import { isBlockMatrix, outlineStoredBlocks, storedBlocks } from "./stored-blocks.js";
import type { CacheShape } from "../sessions/protocol.js";

export interface DecoderParts {
  readonly decoder: Decoder;
  readonly precision: Precision;
  readonly contextLength: number;
  /** Caches of that length. */
  readonly keptCaches: number;
  /** Whether several sequences are run side by side. */
  readonly branches?: boolean | undefined;
}

export interface PlannedGraph {
  readonly graph: Graph;
  readonly cache: CacheShape;
  /** Weights and caches, estimated from the shapes. */
  readonly memoryBytes: number;
}

/**
 * Builds a decoder's graph, with its weights in blocks where the precision says so. Memory is compared by shapes alone before
 * any block is made, since to make the blocks of an LLM takes minutes.
 *
 * @throws UnavailableError when the CPU's memory is short
 */
export async function planDecoderGraph(parts: DecoderParts, options: PartOptions): Promise<PlannedGraph> {
  const { decoder, precision, contextLength, keptCaches, branches } = parts;
  const compute = computeType(precision, options.device);
  const cache = cacheShape(decoder.spec, contextLength, compute);
  const graphOf = ({ quantised, placed }: LaidOut): Graph => {
    const weights = withTensors(decoder.weights, placed);
    const built = { target: { compute, quantised }, positions: contextLength, branches };
    return buildDecoderGraph({ ...decoder, weights }, built);
  };
  const layout = layOut(linearTensors(decoder), precision, compute);
  const outline = graphOf(layout.outline());
  const memoryBytes = weightBytes(outline, compute) + keptCaches * cacheBytes(cache);
  if (options.device.kind === "cpu") checkMemory(memoryBytes, `${decoder.weights.path} in ${precision}`);
  return { graph: layout.isPlain ? outline : graphOf(await layout.make(options)), cache, memoryBytes };
}

/** Weights as a graph takes them: those in blocks by name, and tensors that replace others of the same name. */
interface LaidOut {
  readonly quantised: ReadonlyMap<string, QuantisedTensor>;
  readonly placed: readonly TensorInfo[];
}

interface Layout {
  /** Whether all weights can be read where they lie. */
  readonly isPlain: boolean;
  /** By shapes alone. */
  readonly outline: () => LaidOut;
  readonly make: (options: PartOptions) => Promise<LaidOut>;
}

/** How the graph gets the matrices of the linear layers in a precision. */
function layOut(matrices: readonly CheckpointTensor[], precision: Precision, compute: FloatType): Layout {
  const bits = blockBits(precision);
  if (bits !== undefined) {
    return {
      isPlain: false,
      outline: () => ({ quantised: outlineQuantised(matrices, bits), placed: [] }),
      make: async (options) => ({ quantised: await quantiseTensors(matrices, bits, options), placed: [] }),
    };
  }
  const blocks = precision === "stored" ? matrices.filter(isBlockMatrix) : [];
  const others = matrices.filter(isComputed).filter((tensor) => !(blocks as CheckpointTensor[]).includes(tensor));
  return {
    isPlain: blocks.length + others.length === 0,
    outline: () => ({ quantised: outlineStoredBlocks(blocks), placed: outlineNumbers(others, compute) }),
    make: async (options) => ({
      quantised: await storedBlocks(blocks, options),
      placed: await placeNumbers(others, compute, options),
    }),
  };
}

function cacheShape({ layers, kvHeads, headDim }: DecoderSpec, capacity: number, compute: FloatType): CacheShape {
  // bfloat16 cannot cross into JavaScript.
  return { layers: layers.length, kvHeads, headDim, capacity, type: compute === "float16" ? "float16" : "float32" };
}

function cacheBytes({ layers, kvHeads, headDim, capacity, type }: CacheShape): number {
  return 2 * layers * kvHeads * headDim * capacity * ELEMENT_TYPES[type].bytes;
}

const linearTensors = (decoder: Decoder): CheckpointTensor[] =>
  linearNames(decoder).map((name) => requireTensor(decoder.weights, name));

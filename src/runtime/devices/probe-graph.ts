import { GraphBuilder } from "../../onnx/graph-builder.js";
import type { Graph, Value } from "../../onnx/graph.js";
import { cast, gemm, matMulNBits } from "../../onnx/operators.js";
import { blockBits, computeType, type Precision } from "./precision.js";
import { BLOCK_SIZE, blockScales, packBlocks } from "../../tensor/blocks.js";

const SIZE = 2 * BLOCK_SIZE;

/** -1, 0 and 1, whose products every type of arithmetic gives exactly. */
const pattern = (count: number, step: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => ((i * step) % 3) - 1);

/** A product that is small enough to try on any device: its input (1, SIZE), its weight (SIZE, SIZE) and the right result. */
export const PROBE = {
  size: SIZE,
  input: pattern(SIZE, 5),
  // Of 1 the half: a block of 4 bits reaches as far as its largest value on one side of 0 only.
  weight: pattern(SIZE * SIZE, 7).map((value) => (value > 0 ? value / 2 : value)),
  get expected(): Float32Array {
    return Float32Array.from({ length: SIZE }, (_, row) =>
      this.input.reduce((sum, value, column) => sum + value * this.weight[row * SIZE + column]!, 0),
    );
  },
} as const;

/** The graph from `x` float32 (1, SIZE) to `product` float32 (1, SIZE), with the arithmetic of an LLM's linear layers. */
export function buildProbeGraph(precision: Precision): Graph {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [1, SIZE]);
  g.output(cast(g, product(g, x, precision), "float32"), "product");
  return g.finish();
}

function product(g: GraphBuilder, x: Value, precision: Precision): Value {
  const bits = blockBits(precision);
  const compute = computeType(precision);
  if (bits === undefined) {
    const weight = g.constant("weight", "float32", [SIZE, SIZE], new Uint8Array(PROBE.weight.buffer));
    return gemm(g, cast(g, x, compute), cast(g, weight, compute));
  }
  const perRow = SIZE / BLOCK_SIZE;
  const blocks = packBlocks(PROBE.weight, bits);
  const scales = blockScales(PROBE.weight, bits);
  return matMulNBits(
    g,
    x,
    g.constant("blocks", "uint8", [SIZE, perRow, (BLOCK_SIZE * bits) / 8], blocks),
    g.constant("scales", "float32", [scales.length], new Uint8Array(scales.buffer)),
    { bits, blockSize: BLOCK_SIZE },
  );
}

import type { FloatType } from "../../onnx/element-type.js";
import { GraphBuilder } from "../../onnx/graph-builder.js";
import type { Graph, Value } from "../../onnx/graph.js";
import { cast, gemm, groupQueryAttention, matMulNBits, reshape } from "../../onnx/operators.js";
import type { Device } from "../sessions/device.js";
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

/** What `buildProbeGraph` takes. */
export const PROBE_FEEDS = {
  x: { data: PROBE.input, shape: [1, SIZE] },
  past: { data: new Float32Array(0), shape: [1, 1, 0, SIZE] },
  last_position: { data: Int32Array.of(0), shape: [1] },
  total_length: { data: Int32Array.of(1), shape: [] },
} as const;

/**
 * The graph from `PROBE_FEEDS` to `product` float32 (1, SIZE), with the arithmetic of an LLM's linear layers and of its attention. A
 * token without others before it attends to itself alone, so the product comes out of the attention as it went in.
 */
export function buildProbeGraph(precision: Precision, device: Device): Graph {
  const g = new GraphBuilder();
  const compute = computeType(precision, device);
  const x = g.input("x", "float32", [1, SIZE]);
  const row = reshape(g, product(g, cast(g, x, compute), precision), [1, 1, SIZE], [1, 1, SIZE]);
  const past = cast(g, g.input("past", "float32", [1, 1, "", SIZE]), compute);
  const { output } = groupQueryAttention(
    g,
    {
      ...{ query: row, key: row, value: row, pastKey: past, pastValue: past },
      lastPosition: g.input("last_position", "int32", [1]),
      totalLength: g.input("total_length", "int32", []),
      ...{ cos: table(g, "cos", 1, compute), sin: table(g, "sin", 0, compute) },
    },
    { heads: 1, kvHeads: 1, presentLength: "present" },
  );
  g.output(cast(g, reshape(g, output, [1, SIZE], [1, SIZE]), "float32"), "product");
  return g.finish();
}

/** The angles of the first position, which turn nothing. */
function table(g: GraphBuilder, name: string, value: number, compute: FloatType): Value {
  const values = new Float32Array(SIZE / 2).fill(value);
  return cast(g, g.constant(name, "float32", [1, SIZE / 2], new Uint8Array(values.buffer)), compute);
}

function product(g: GraphBuilder, x: Value, precision: Precision): Value {
  const bits = blockBits(precision);
  const compute = x.type as FloatType;
  if (bits === undefined) {
    const weight = g.constant("weight", "float32", [SIZE, SIZE], new Uint8Array(PROBE.weight.buffer));
    return gemm(g, x, cast(g, weight, compute));
  }
  const perRow = SIZE / BLOCK_SIZE;
  const blocks = packBlocks(PROBE.weight, bits);
  const scales = blockScales(PROBE.weight, bits);
  return matMulNBits(
    g,
    x,
    g.constant("blocks", "uint8", [SIZE, perRow, (BLOCK_SIZE * bits) / 8], blocks),
    cast(g, g.constant("scales", "float32", [scales.length], new Uint8Array(scales.buffer)), compute),
    { bits, blockSize: BLOCK_SIZE },
  );
}

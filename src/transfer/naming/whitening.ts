import { buildCrossProductGraph, buildRowMapGraph } from "../../onnx/products.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import { openGraph, type GraphFunction } from "../../runtime/sessions/graph-function.js";
import { choleskyFactor, solveLower } from "./cholesky.js";

/** The share of the mean variance that is mixed into the covariance, so that directions of little variance do not decide. */
const SHRINKAGE = 0.1;

export interface WhiteningOptions {
  readonly client: WorkerClient;
  readonly width: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the mean off vectors and multiplies them by the inverse Cholesky factor of their covariance C, shrunk towards a multiple of the
 * identity. Cosines of what comes out are those of x^T C^-1 y, as of any other whitening by C.
 */
export class Whitening {
  private constructor(
    private readonly mean: Float64Array,
    private readonly map: GraphFunction,
  ) {}

  /** From vectors (n, width) in several pieces. */
  static async of(pieces: readonly Float32Array[], { client, width, signal }: WhiteningOptions): Promise<Whitening> {
    const mean = meanOf(pieces, width);
    const products = await openGraph(client, buildCrossProductGraph(width, 1, true), { signal });
    const sums = new Float64Array(width * width);
    for (const piece of pieces) {
      const x = centred(piece, mean);
      const n = x.length / width;
      const y = { data: new Float32Array(n), shape: [n, 1] };
      const { gram } = await products.run({ x: { data: x, shape: [n, width] }, y });
      for (let i = 0; i < sums.length; i++) sums[i]! += gram!.data[i]!;
    }
    await products.close();
    const inverse = await inverseFactor(sums, width, signal); // (width, width), lower
    const map = new Float32Array(width * width);
    for (let i = 0; i < width; i++) for (let j = 0; j <= i; j++) map[j * width + i] = inverse[i * width + j]!;
    return new Whitening(mean, await openGraph(client, buildRowMapGraph(map, [width, width]), { signal }));
  }

  /** Whitens vectors (n, width). */
  async apply(vectors: Float32Array): Promise<Float32Array> {
    const width = this.mean.length;
    const rows = { data: centred(vectors, this.mean), shape: [vectors.length / width, width] };
    return (await this.map.run({ rows }))["mapped"]!.data;
  }
}

/** The inverse of the lower factor of sums (width, width), scaled to a mean variance of 1 and shrunk. */
async function inverseFactor(
  sums: Float64Array,
  width: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  let trace = 0;
  for (let i = 0; i < width; i++) trace += sums[i * (width + 1)]!;
  const unit = trace / width || 1;
  const shrunk = sums.map((sum, i) => ((1 - SHRINKAGE) * sum) / unit + (i % (width + 1) === 0 ? SHRINKAGE : 0));
  const inverse = new Float64Array(width * width);
  for (let i = 0; i < width; i++) inverse[i * (width + 1)] = 1;
  await solveLower(await choleskyFactor(shrunk, width, { signal }), inverse, width, { signal });
  return inverse;
}

/** (width) */
function meanOf(pieces: readonly Float32Array[], width: number): Float64Array {
  const sums = new Float64Array(width);
  let rows = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i++) sums[i % width]! += piece[i]!;
    rows += piece.length / width;
  }
  return sums.map((sum) => sum / Math.max(rows, 1));
}

const centred = (rows: Float32Array, mean: Float64Array): Float32Array =>
  rows.map((value, i) => value - mean[i % mean.length]!);

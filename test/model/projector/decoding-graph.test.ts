import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import type { DecodingSpec } from "../../../src/model/projector/decoding-graph.js";
import type { DecodingTables } from "../../../src/model/projector/dictionary.js";
import type { ProjectorWeights } from "../../../src/model/projector/projector-graph.js";
import { loadModel } from "../../../src/runtime/parts/load-model.js";
import type { Projected } from "../../../src/runtime/parts/projector.js";
import type { FloatDtype } from "../../../src/tensor/dtype.js";
import { decodeFloats } from "../../../src/tensor/half.js";
import type { CheckpointTensor } from "../../../src/tensor/tensor-info.js";
import { MODELS, readExpected, relativeError } from "../../helpers/goldens.js";
import { randomTensor } from "../../helpers/make-folders.js";
import { memoryTensor } from "../../helpers/memory-matrix.js";
import { pursuitReference } from "../../helpers/pursuit-reference.js";
import { hasWebgpu } from "../../helpers/webgpu.js";

const cacheFolder = mkdtempSync(join(tmpdir(), "langbridge-decoding-"));
afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }));

const testOnWebgpu = (await hasWebgpu()) ? test : test.skip;

interface Case {
  readonly method: DecodingSpec["method"];
  readonly settings: DecodingSpec["settings"];
  /** Per vector, as many as were chosen. */
  readonly tokens?: readonly (readonly number[])[];
  readonly weights?: readonly (readonly number[])[];
  /** Per vector, after its last token. */
  readonly residual?: readonly number[];
  readonly embeddings: readonly number[];
}

const { cases } = readExpected<{ cases: readonly Case[] }>("decodings");
const { tensors } = await openCheckpoint(join(MODELS, "decodings"));
const golden: DecodingTables = {
  decodeMatrix: tensors.get("decode_matrix")!,
  vocabMatrix: tensors.get("mm_vocab_matrix")!,
};

const numbers = async (tensor: CheckpointTensor): Promise<Float32Array> =>
  decodeFloats(await readTensor(tensor), tensor.dtype as FloatDtype);

/** A projector that gives back what it is given, so that the decoding stands alone. */
function identity(width: number): ProjectorWeights {
  const ones = Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0));
  const layer = {
    weight: memoryTensor(ones, [width, width], { name: "one" }),
    bias: memoryTensor(new Float32Array(width), [width], { name: "zero" }),
  };
  return { kind: "linear", layers: [layer] };
}

async function decode(
  vectors: Float32Array,
  decoding: { readonly spec: DecodingSpec; readonly tables: DecodingTables },
  device = "cpu",
): Promise<Projected> {
  const adapter = { ...identity(decoding.tables.decodeMatrix.shape[1]!), decoding };
  const adapterOptions = { tokens: decoding.spec.method === "sparse" };
  const model = await loadModel({ adapter, adapterOptions, device, dtype: "f32", cacheFolder, threads: 1 });
  try {
    return await model.adapter!.project(vectors);
  } finally {
    await model.dispose();
  }
}

/** The tokens that weigh something, by row, as [row, share] pairs of each vector. */
function pairs(rows: readonly ArrayLike<number>[], weights: readonly ArrayLike<number>[]): [number, number][][] {
  return rows.map((chosen, i) =>
    Array.from(chosen, (row, j): [number, number] => [row, weights[i]![j]!])
      .filter(([, weight]) => weight > 1e-4)
      .sort(([a], [b]) => a - b),
  );
}

function perPatch(values: Float32Array, k: number): Float32Array[] {
  return Array.from({ length: values.length / k }, (_, i) => values.subarray(i * k, (i + 1) * k));
}

describe.each(cases)("$method with $settings", ({ method, settings, tokens, weights, residual, embeddings }) => {
  const spec = { method, settings } as DecodingSpec;

  const check = async (device: string): Promise<void> => {
    const decoded = await decode(await numbers(tensors.get("vectors")!), { spec, tables: golden }, device);
    expect(relativeError(decoded.embeddings, embeddings)).toBeLessThan(1e-4);
    if (tokens === undefined) return;
    const { k } = settings as { readonly k: number };
    const actual = pairs(perPatch(decoded.tokens!.rows, k), perPatch(decoded.tokens!.weights, k));
    const wanted = pairs(tokens, weights!);
    expect(actual.map((patch) => patch.map(([row]) => row))).toEqual(wanted.map((patch) => patch.map(([row]) => row)));
    expect(
      relativeError(
        actual.flat().map(([, weight]) => weight),
        wanted.flat().map(([, weight]) => weight),
      ),
    ).toBeLessThan(1e-4);
    const last = perPatch(decoded.tokens!.residuals, k).map((steps) => steps[k - 1]!);
    expect(relativeError(last, residual!)).toBeLessThan(1e-4);
  };

  test("gives NumPy's vectors, tokens and shares on the CPU", () => check("cpu"));
  testOnWebgpu("gives them on WebGPU", () => check("webgpu"));
});

describe("sparse decoding at the width of a real table", () => {
  const [rows, width, patches, k] = [700, 96, 40, 6];
  const source = randomTensor([rows, width], 1).values;
  const target = randomTensor([rows, 24], 2).values;
  // Mixtures of neighbouring rows with noise, so that weights turn negative on the way and rows compete.
  const noise = randomTensor([patches, width], 3).values;
  const vectors = Float32Array.from(noise, (x, i) => {
    const [patch, column] = [Math.floor(i / width), i % width];
    return 3 * (source[patch * width + column]! + 0.8 * source[(patch + 1) * width + column]! + 0.7 * x);
  });

  test("equals the definition in float64 to 1e-4", async () => {
    const tables = {
      decodeMatrix: memoryTensor(source, [rows, width], { name: "d" }),
      vocabMatrix: memoryTensor(target, [rows, 24], { name: "t" }),
    };
    const decoded = await decode(vectors, { spec: { method: "sparse", settings: { k } }, tables });
    const wanted = pursuitReference(perPatch(vectors, width), { source, target, rows, k });
    expect(
      relativeError(
        decoded.embeddings,
        wanted.flatMap(({ embedding }) => embedding),
      ),
    ).toBeLessThan(1e-4);
    expect(perPatch(decoded.tokens!.rows, k).map((chosen) => [...chosen])).toEqual(wanted.map(({ tokens }) => tokens));
  });
});

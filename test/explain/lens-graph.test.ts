import { afterAll, describe, expect, test } from "@jest/globals";
import { buildLensGraph } from "../../src/explain/lens-graph.js";
import type { Lens } from "../../src/explain/lens.js";
import { readPatches, type PatchTokens } from "../../src/explain/patch-tokens.js";
import { readTensor } from "../../src/files/read-tensor.js";
import type { ProjectorWeights } from "../../src/model/projector/projector-graph.js";
import { parseDevice } from "../../src/runtime/sessions/device.js";
import { openGraph } from "../../src/runtime/sessions/graph-function.js";
import { WorkerClient } from "../../src/runtime/sessions/client.js";
import type { FloatDtype } from "../../src/tensor/dtype.js";
import { decodeFloats } from "../../src/tensor/half.js";
import { randomTensor } from "../helpers/make-folders.js";
import { memoryTensor } from "../helpers/memory-matrix.js";
import { projected, projectorFeatures, PROJECTORS, vocabMatrix } from "../helpers/projector-goldens.js";
import { pursuitReference } from "../helpers/pursuit-reference.js";
import { hasWebgpu } from "../helpers/webgpu.js";

const client = new WorkerClient();
afterAll(() => client.terminate());

/** What PyTorch computes: 5 patches, 80 tokens, 24 wide. */
const [PATCHES, ROWS, WIDTH] = [5, 80, 24];
const rowsOf = (values: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, i) =>
    Array.from({ length: width }, (_, j) => values[i * width + j]!),
  );
const coefficients = rowsOf(projected.coefficients, ROWS);
const embeddings = rowsOf(projected.mm_vocab, WIDTH);
const tableValues = decodeFloats(await readTensor(vocabMatrix), vocabMatrix.dtype as FloatDtype);
const table = rowsOf(tableValues, WIDTH);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const dot = (a: readonly number[], b: readonly number[]): number => sum(a.map((value, i) => value * b[i]!));
const cosine = (a: readonly number[], b: readonly number[]): number => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
/** Less the mean of each column. */
const centred = (values: readonly number[][]): number[][] =>
  values.map((row) => row.map((value, j) => value - sum(values.map((other) => other[j]!)) / values.length));
const largest = (values: readonly number[], count: number): { row: number; weight: number }[] =>
  values
    .map((weight, row) => ({ row, weight }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, count);

interface SeeOptions {
  readonly contrast?: boolean;
  readonly device?: string;
  readonly projector?: ProjectorWeights;
  readonly features?: Float32Array;
}

async function see(lens: Lens, options: SeeOptions = {}): Promise<PatchTokens[]> {
  const { contrast = false, device = "cpu", projector = PROJECTORS.mm_vocab, features = projectorFeatures() } = options;
  const graph = buildLensGraph(projector, lens, { compute: "float32" }, { contrast });
  const run = await openGraph(client, graph, { device: parseDevice(device), threads: 1 });
  const shape = [PATCHES, features.length / PATCHES];
  const outputs = await run.run({ features: { data: features, shape } });
  await run.close();
  return readPatches(outputs, { lens, contrast });
}

function expectTokens(seen: readonly PatchTokens[], wanted: readonly { row: number; weight: number }[][]): void {
  expect(seen.map(({ tokens }) => tokens.map(({ row }) => row))).toEqual(
    wanted.map((tokens) => tokens.map(({ row }) => row)),
  );
  const weights = (patches: readonly { row: number; weight: number }[][]): number[] =>
    patches.flatMap((tokens) => tokens.map(({ weight }) => weight));
  const scale = Math.max(...weights([...wanted]).map(Math.abs));
  weights(seen.map(({ tokens }) => [...tokens])).forEach((weight, i) =>
    expect(Math.abs(weight - weights([...wanted])[i]!)).toBeLessThan(1e-4 * scale),
  );
}

const devices = ["cpu", ...((await hasWebgpu()) ? ["webgpu"] : [])];
if (devices.length === 1) test.skip("lenses give the same on WebGPU", () => undefined);

describe.each(devices)("on %s", (device) => {
  test("weights are PyTorch's coefficients, the largest first and signed", async () => {
    const seen = await see({ by: "weights", top: ROWS + 1 }, { device }); // There are no more than all.
    expectTokens(
      seen,
      coefficients.map((row) => largest(row, ROWS)),
    );
    expect(seen[0]!.tokens.at(-1)!.weight).toBeLessThan(0);
    const negative = coefficients.map(
      (row) => sum(row.map((value) => Math.max(0, -value))) / sum(row.map((value) => Math.abs(value))),
    );
    seen.forEach((patch, i) => expect(patch.negative!).toBeCloseTo(negative[i]!, 4));
  });

  test("their contrast is each coefficient less its mean over the patches", async () => {
    const seen = await see({ by: "weights", top: 5 }, { device, contrast: true });
    expectTokens(
      seen,
      centred(coefficients).map((row) => largest(row, 5)),
    );
    expect(seen[0]!.negative).toBeUndefined();
    const more = centred(coefficients).map((row) => largest(row, ROWS).filter(({ weight }) => weight > 0));
    expectTokens(await see({ by: "weights", top: ROWS }, { device, contrast: true }), more);
  });

  test("cosines are those of the finished vectors with the rows, and so is their contrast", async () => {
    const cosines = embeddings.map((vector) => table.map((row) => cosine(vector, row)));
    const lens: Lens = { by: "cosine", top: 4, table: vocabMatrix };
    expectTokens(
      await see(lens, { device }),
      cosines.map((row) => largest(row, 4)),
    );
    expectTokens(
      await see(lens, { device, contrast: true }),
      centred(cosines).map((row) => largest(row, 4)),
    );
  });

  test("a pursuit over the adapter's own rows is the definition in float64", async () => {
    const tables = { decodeMatrix: vocabMatrix, vocabMatrix };
    const lens: Lens = { by: "sparse", top: 4, pursuit: { own: false, settings: { k: 4, words: 24 }, tables } };
    const wanted = pursuitReference(
      embeddings.map((row) => Float32Array.from(row)),
      { source: tableValues, target: tableValues, rows: ROWS, k: 4, words: 24 },
    );
    const seen = await see(lens, { device });
    seen.forEach(({ tokens, residual }, i) => {
      const chosen = [...wanted[i]!.tokens].sort((a, b) => a - b);
      expect(chosen).toEqual(expect.arrayContaining(tokens.map(({ row }) => row)));
      expect(sum(tokens.map(({ weight }) => weight))).toBeCloseTo(1, 4);
      // The mixture of the rows is the reference's.
      const mixed = Array.from({ length: WIDTH }, (_, j) =>
        sum(tokens.map(({ row, weight }) => weight * table[row]![j]!)),
      );
      mixed.forEach((value, j) => expect(value).toBeCloseTo(wanted[i]!.embedding[j]!, 3));
      expect(residual!).toBeCloseTo(Math.sqrt(1 - cosine(embeddings[i]!, mixed) ** 2), 3);
    });
  });
});

describe("an adapter that decodes", () => {
  const [source, target] = [randomTensor([30, 8], 1).values, randomTensor([30, 6], 2).values];
  const tables = {
    decodeMatrix: memoryTensor(source, [30, 8], { name: "d" }),
    vocabMatrix: memoryTensor(target, [30, 6], { name: "t" }),
  };
  const ones = Float32Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1 : 0));
  const layer = {
    weight: memoryTensor(ones, [8, 8], { name: "one" }),
    bias: memoryTensor(new Float32Array(8), [8], { name: "zero" }),
  };
  const features = randomTensor([PATCHES, 8], 3).values;
  const vectors = rowsOf(features, 8);

  test("softly: its weights are the softmax that it mixes by", async () => {
    const spec = { method: "soft", settings: { temperature: 0.2 } } as const;
    const projector: ProjectorWeights = { kind: "linear", layers: [layer], decoding: { spec, tables } };
    const shares = vectors.map((vector) => {
      const powers = rowsOf(source, 8).map((row) => Math.exp(cosine(vector, row) / 0.2));
      return powers.map((power) => power / sum(powers));
    });
    const seen = await see({ by: "weights", top: 6 }, { projector, features });
    expectTokens(
      seen,
      shares.map((row) => largest(row, 6)),
    );
    expect(seen.map(({ negative }) => negative)).toEqual(seen.map(() => undefined));
  });

  test("sparsely: its tokens are those of its own graph, and contrasts are shares less their mean", async () => {
    const settings = { k: 3 };
    const spec = { method: "sparse", settings } as const;
    const projector: ProjectorWeights = { kind: "linear", layers: [layer], decoding: { spec, tables } };
    const lens: Lens = { by: "sparse", top: 3, pursuit: { own: true, settings } };
    const seen = await see(lens, { projector, features });
    const wanted = pursuitReference(
      vectors.map((vector) => Float32Array.from(vector)),
      { source, target, rows: 30, k: 3 },
    );
    seen.forEach(({ tokens }, i) =>
      expect(wanted[i]!.tokens).toEqual(expect.arrayContaining(tokens.map(({ row }) => row))),
    );
    const contrasts = await see(lens, { projector, features, contrast: true });
    const meanShare = (row: number): number =>
      sum(seen.flatMap(({ tokens }) => tokens.filter((token) => token.row === row).map(({ weight }) => weight))) /
      PATCHES;
    seen.forEach(({ tokens }, i) => {
      const less = tokens.map(({ row, weight }) => ({ row, weight: weight - meanShare(row) }));
      const kept = less.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
      expect(contrasts[i]!.tokens).toEqual(kept);
    });
  });
});

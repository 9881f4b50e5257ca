import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../../../src/adapter/load.js";
import { openCheckpoint } from "../../../../src/checkpoint/checkpoint.js";
import { requireTensor } from "../../../../src/checkpoint/weights.js";
import { readTensor } from "../../../../src/files/read-tensor.js";
import type { FloatDtype } from "../../../../src/tensor/dtype.js";
import { decodeFloats } from "../../../../src/tensor/half.js";
import { planTransfer, type TransferPlanOptions } from "../../../../src/transfer/plan/plan-transfer.js";
import { executeTransfer, type TransferOptions } from "../../../../src/transfer/transfer.js";
import { outputNames } from "../../../helpers/output-names.js";
import { relativeError } from "../../../helpers/goldens.js";
import { distinctWords, makeLlmWithRows, vocabularyOf } from "../../../helpers/known-tables.js";
import {
  byteLevelTokenizer,
  makeAdapter,
  projectorTensors,
  randomTensor,
  safetensorsBytes,
  type TestTensor,
} from "../../../helpers/make-folders.js";
import { temporaryFolder } from "../../../helpers/temporary-folder.js";

const root = temporaryFolder();
const [SHARED, MISSING, SOURCE, TARGET] = [40, 4, 8, 6];

/** The target's rows are the source's under one map, (row - 1) R + 2, so that ridge with a small lambda finds it. */
const R = randomTensor([SOURCE, TARGET], 21).values;
const rowsOf = ({ values, shape }: TestTensor): number[][] =>
  Array.from({ length: shape[0]! }, (_, i) => [...values.subarray(i * shape[1]!, (i + 1) * shape[1]!)]);
const throughMap = (row: readonly number[], mean = 1, added = 2): number[] =>
  Array.from({ length: TARGET }, (_, j) => row.reduce((sum, x, i) => sum + (x - mean) * R[i * TARGET + j]!, added));

const sourceRows = rowsOf(randomTensor([SHARED + MISSING, SOURCE], 22));
const tokens = [...distinctWords("s", SHARED), ...distinctWords("m", MISSING)];
const sourceTokenizer = byteLevelTokenizer(tokens, []);
const targetTokenizer = byteLevelTokenizer(tokens.slice(0, SHARED), []);
const [source, target] = [join(root, "source"), join(root, "target")];
makeLlmWithRows(source, sourceTokenizer, tokens, sourceRows);
makeLlmWithRows(
  target,
  targetTokenizer,
  tokens,
  sourceRows.slice(0, SHARED).map((row) => throughMap(row)),
);

const labels = Object.fromEntries(tokens.map((token) => [token, vocabularyOf(sourceTokenizer)[token]!]));
const matrix: TestTensor = { shape: [sourceRows.length, SOURCE], values: Float32Array.from(sourceRows.flat()) };
const adapter = join(root, "adapter");
const adapterTensors = makeAdapter(adapter, { tokens: labels, matrix });

/** An ordinary projector into the source's space. */
const ordinary = join(root, "ordinary");
const [weight, bias] = [randomTensor([SOURCE, 10], 31), randomTensor([SOURCE], 32)];
makeAdapter(ordinary, { tokens: labels, config: { mm_projector_type: "mlp2x_gelu", mm_vocab_size: undefined } });
const { "model.mm_projector.0.weight": first, "model.mm_projector.0.bias": firstBias } = projectorTensors(1);
writeFileSync(
  join(ordinary, "model.safetensors"),
  safetensorsBytes({
    "model.mm_projector.0.weight": first!,
    "model.mm_projector.0.bias": firstBias!,
    "model.mm_projector.2.weight": weight,
    "model.mm_projector.2.bias": bias,
  }),
);

/** Small enough to leave the map as it is, and centred as the map is. */
const exact: Partial<TransferPlanOptions> = { align: "ridge", alignSettings: { lambda: 1e-7, centre: true } };
let outputs = 0;
async function run(plan: Partial<TransferPlanOptions>, options: Partial<TransferOptions> = {}) {
  const output = join(root, `output-${outputs++}`);
  const planned = await planTransfer({ adapter, target, ...plan });
  const report = await executeTransfer(planned, { toolVersion: "0.0.0-test", ...options, output });
  return { output, report };
}

async function readValues(folder: string, name: string): Promise<Float32Array> {
  const tensor = requireTensor(await openCheckpoint(folder), name);
  return decodeFloats(await readTensor(tensor), tensor.dtype as FloatDtype);
}

describe("--align ridge", () => {
  test("takes every row through the map that the shared rows show, the missing ones too", async () => {
    const { output, report } = await run(exact);
    const expected = sourceRows.flatMap((row) => throughMap(row));
    expect(relativeError(await readValues(output, "mm_vocab_matrix"), expected)).toBeLessThan(1e-4);
    expect(report.counts).toEqual({ aligned: tokens.length });
    expect(report.align).toMatchObject({ method: "ridge", settings: { lambda: 1e-7, centre: true } });
    expect(report.checks.join("\n")).toMatch(/ridge map fitted to 40 shared tokens with lambda 1e-7/);
    for (const name of ["0.weight", "2.bias", "3.weight", "3.bias"]) {
      const own = adapterTensors[`model.mm_projector.${name}`]!.values;
      expect(await readValues(output, `mm_projector.${name}`)).toEqual(own);
    }
  });

  test("writes an adapter that labels its rows as aligned, opens, and can be moved on", async () => {
    const { output } = await run(exact, { official: true });
    const entries = JSON.parse(readFileSync(join(output, "vocabulary.json"), "utf8")) as object[];
    expect(entries[0]).toEqual({ token: tokens[0], ids: [], weights: [], match: "aligned" });
    expect((await loadAdapter(output)).matrix).toMatchObject({ rows: tokens.length, hiddenSize: TARGET });
    expect(readdirSync(output)).toEqual(expect.arrayContaining(["mm_projector.bin", "mm_vocab_matrix.pt"]));
    const config = JSON.parse(readFileSync(join(output, "config.json"), "utf8")) as object;
    expect(config).toMatchObject({ mm_projector_type: "mm_vocab", langbridge: { align: "ridge" } });
    const back = await run({ adapter: output, target: source, align: "none" });
    expect(relativeError(await readValues(back.output, "mm_vocab_matrix"), sourceRows.flat())).toBeLessThan(1e-6);
  });

  test("chooses lambda by held-out tokens, and gives equal bytes for equal input", async () => {
    const [one, two] = [await run({ align: "ridge" }), await run({ align: "ridge" })];
    expect(one.report.checks.join("\n")).toMatch(/lambda \S+; \d+\.\d % of the squared norm of held-out tokens is/);
    for (const file of readdirSync(one.output)) {
      expect(readFileSync(join(two.output, file)).equals(readFileSync(join(one.output, file)))).toBe(true);
    }
  });

  test("rescaled, gives the mapped shared rows the squared norm of the target's", async () => {
    const { output, report } = await run({ align: "ridge", alignSettings: { lambda: 10, rescale: true } });
    const squares = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
    const shared = (await readValues(output, "mm_vocab_matrix")).subarray(0, SHARED * TARGET);
    const wanted = squares(Float32Array.from(sourceRows.slice(0, SHARED).flatMap((row) => throughMap(row))));
    expect(squares(shared) / wanted).toBeCloseTo(1, 4);
    expect(report.align.settings).toEqual({ lambda: 10, centre: false, rescale: true });
  });

  test("--dtype says how the mapped rows are stored", async () => {
    const { output } = await run({ ...exact, dtype: "F16" });
    expect((await loadAdapter(output)).matrix!.tensor.dtype).toBe("F16");
    const expected = sourceRows.flatMap((row) => throughMap(row));
    expect(relativeError(await readValues(output, "mm_vocab_matrix"), expected)).toBeLessThan(1e-3);
  });
});

describe("an ordinary projector", () => {
  test("carries over with the map behind its last layer: W' = R^T W, b' = R^T (b - mean) + mean", async () => {
    const vocabularyFile = join(adapter, "mm_vocab.json"); // The other shared tokens have random rows.
    const { output, report } = await run({ ...exact, adapter: ordinary, source, vocabularyFile });
    const columns = Array.from({ length: 10 }, (_, i) => rowsOf(weight).map((row) => row[i]!));
    const mapped = columns.map((column) => throughMap(column, 0, 0)); // (10, TARGET)
    const expected = Array.from({ length: TARGET }, (_, j) => mapped.map((column) => column[j]!)).flat();
    expect(relativeError(await readValues(output, "mm_projector.2.weight"), expected)).toBeLessThan(1e-4);
    const moved = throughMap([...bias.values]);
    expect(relativeError(await readValues(output, "mm_projector.2.bias"), moved)).toBeLessThan(1e-4);
    expect(await readValues(output, "mm_projector.0.weight")).toEqual(first!.values);
    expect((await loadAdapter(output)).projector).toMatchObject({ kind: "mlp2x_gelu", llmHiddenSize: TARGET });
    expect(outputNames(output)).toEqual(["README.md", "config.json", "model.safetensors", "transfer_report.json"]);
    expect(report.norms.targetRows).toBeUndefined();
    expect(report.checks).toContain("every row of the projector is finite");
  });
});

describe("--align ridge and procrustes refuse", () => {
  test.each([
    ["--missing", { missing: "drop" }, /^--missing: --align procrustes maps every row/],
    ["--override", { overrides: [{ token: tokens[0]!, text: "x" }] }, /^--override: --align procrustes/],
    ["--mapping", { mappingFile: "map.tsv" }, /^--mapping: --align procrustes/],
    [
      "a lambda for a rotation",
      { alignSettings: { lambda: 1 } },
      /^--lambda: --align procrustes takes none; ridge does/,
    ],
  ] as const)("%s", async (_, options, message) => {
    await expect(planTransfer({ adapter, target, align: "procrustes", ...options })).rejects.toThrow(message);
  });

  test.each([0, -1, Number.NaN, Infinity])("lambda %p", async (lambda) => {
    await expect(planTransfer({ adapter, target, align: "ridge", alignSettings: { lambda } })).rejects.toThrow(
      /^--lambda: is .*, expected a number above 0$/,
    );
  });

  test("fewer than five shared tokens, and write nothing", async () => {
    const few = join(root, "few");
    const some = Object.fromEntries(Object.entries(labels).slice(SHARED - 4));
    const values = matrix.values.slice((SHARED - 4) * SOURCE);
    makeAdapter(few, { tokens: some, matrix: { shape: [values.length / SOURCE, SOURCE], values } });
    await expect(run({ adapter: few, align: "procrustes" })).rejects.toThrow(
      /target: has 4 of the tokens of .*few as one token, --align procrustes fits its map to at least 5; use --align none/,
    );
    expect(readdirSync(root)).not.toContain(`output-${outputs - 1}`);
  });

  test("a row that is not finite, and a map beyond float16", async () => {
    const spoilt = join(root, "spoilt");
    const values = matrix.values.map((value, i) => (i === 3 * SOURCE + 1 ? Number.NaN : value));
    makeAdapter(spoilt, { tokens: labels, matrix: { ...matrix, values } });
    await expect(run({ adapter: spoilt, align: "ridge" })).rejects.toThrow(/row 3 of "mm_vocab_matrix" holds NaN/);
    const large = join(root, "large");
    makeLlmWithRows(
      large,
      targetTokenizer,
      tokens,
      sourceRows.slice(0, SHARED).map((row) => throughMap(row).map((value) => 1e6 * value)),
    );
    await expect(run({ ...exact, target: large, dtype: "F16" })).rejects.toThrow(
      /row \d+ \(token ".*"\) is NaN or beyond the range of F16 once it is mapped; choose --dtype bf16 or f32/,
    );
  });
});

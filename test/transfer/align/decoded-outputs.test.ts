import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../../src/adapter/load.js";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { requireTensor } from "../../../src/checkpoint/weights.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { loadModel } from "../../../src/runtime/parts/load-model.js";
import { projectorWeights } from "../../../src/runtime/parts/projector-weights.js";
import type { FloatDtype } from "../../../src/tensor/dtype.js";
import { decodeFloats, encodeFloats } from "../../../src/tensor/half.js";
import { planSummary } from "../../../src/transfer/plan/plan-summary.js";
import { planTransfer, type TransferPlanOptions } from "../../../src/transfer/plan/plan-transfer.js";
import { executeTransfer, type TransferOptions } from "../../../src/transfer/transfer.js";
import { relativeError } from "../../helpers/goldens.js";
import {
  byteLevelTokenizer,
  makeAdapter,
  makeLlm,
  projectorTensors,
  randomTensor,
  safetensorsBytes,
  sentencePieceTokenizer,
  type TestTensor,
} from "../../helpers/make-folders.js";
import { pursuitReference } from "../../helpers/pursuit-reference.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const cacheFolder = mkdtempSync(join(tmpdir(), "langbridge-decoded-"));
afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }));

const WORDS = ["Ġthe", "Ġcat", "Ġred", "ing", "Ġbird", "Ġbox"];
const sourceTokenizer = byteLevelTokenizer(WORDS, ["<|endoftext|>"]);
const [source, target, other] = [join(root, "source"), join(root, "target"), join(root, "other")];
const [WIDTH, TARGET_WIDTH] = [8, 12];
const sourceTable = makeLlm(source, { tokenizer: sourceTokenizer, hiddenSize: WIDTH, seed: 1 });
makeLlm(target, {
  tokenizer: sentencePieceTokenizer(["▁the", "▁cat", "▁red", "ing", "▁bird"]),
  hiddenSize: TARGET_WIDTH,
  seed: 2,
});
makeLlm(other, { tokenizer: byteLevelTokenizer([...WORDS].reverse(), []), hiddenSize: 4, seed: 3 });

/** "box" is not in the target; the others are. */
const ROWS = ["Ġred", "Ġthe", "Ġbox", "ing", "Ġcat", "Ġbird"];
const { vocab } = (sourceTokenizer as { model: { vocab: Record<string, number> } }).model;

const valuesOf = ({ values, dtype = "F32" }: TestTensor): Float32Array =>
  decodeFloats(encodeFloats(values, dtype), dtype);
const rowsOf = (table: TestTensor, ids: readonly number[]): TestTensor => ({
  dtype: "BF16",
  shape: [ids.length, WIDTH],
  values: Float32Array.from(ids.flatMap((id) => [...valuesOf(table).subarray(id * WIDTH, (id + 1) * WIDTH)])),
});

const adapter = join(root, "adapter");
const matrix = rowsOf(
  sourceTable,
  ROWS.map((token) => vocab[token]!),
);
makeAdapter(adapter, { tokens: Object.fromEntries(ROWS.map((token) => [token, vocab[token]!])), matrix });

/** LLaVA's ordinary projector, as its pretraining leaves it. */
const ordinary = join(root, "ordinary");
cpSync(adapter, ordinary, { recursive: true });
rmSync(join(ordinary, "mm_vocab.json"));
writeFileSync(join(ordinary, "config.json"), JSON.stringify({ mm_projector_type: "mlp2x_gelu", mm_hidden_size: 6 }));
const { "model.mm_projector.0.weight": weight, "model.mm_projector.0.bias": bias } = projectorTensors(1);
writeFileSync(
  join(ordinary, "model.safetensors"),
  safetensorsBytes({
    "model.mm_projector.0.weight": weight!,
    "model.mm_projector.0.bias": bias!,
    "model.mm_projector.2.weight": randomTensor([WIDTH, 10], 21),
    "model.mm_projector.2.bias": randomTensor([WIDTH], 22),
  }),
);

let outputs = 0;
async function transfer(plan: Partial<TransferPlanOptions>, options: Partial<TransferOptions> = {}) {
  const output = join(root, `output-${outputs++}`);
  const made = await planTransfer({ adapter, target, align: "sparse", ...plan });
  const report = await executeTransfer(made, { toolVersion: "0.0.0-test", output, ...options });
  return { output, report, plan: made };
}

async function tensorOf(folder: string, name: string): Promise<Float32Array> {
  const tensor = requireTensor(await openCheckpoint(folder), name);
  return decodeFloats(await readTensor(tensor), tensor.dtype as FloatDtype);
}

const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), "utf8")) as Record<string, unknown>;

describe("a transfer that decodes", () => {
  test("keeps the source's rows beside the target's, and rows of tokens that the target lacks as zeros", async () => {
    const { output, report } = await transfer({ missing: "drop" });
    expect(await tensorOf(output, "decode_matrix")).toEqual(matrix.values);
    const rows = await tensorOf(output, "mm_vocab_matrix");
    const box = ROWS.indexOf("Ġbox");
    const isZero = ROWS.map((_, row) =>
      rows.subarray(row * TARGET_WIDTH, (row + 1) * TARGET_WIDTH).every((x) => x === 0),
    );
    expect(isZero).toEqual(ROWS.map((_, row) => row === box));
    expect(report.dropped.map(({ token }) => token)).toEqual(["Ġbox"]);
    expect(report.warnings).toEqual([]);
    const adapterOut = await loadAdapter(output);
    expect([adapterOut.projector.kind, adapterOut.matrix!.rows]).toEqual(["mm_vocab", ROWS.length]);
  });

  test("says in config.json and in the report what decodes, and with what", async () => {
    const { output, report, plan } = await transfer({ alignSettings: { k: 2, words: 5 } });
    expect(planSummary(plan).align).toEqual({ method: "sparse", reason: "asked for", settings: { k: 2, words: 5 } });
    expect(report.align).toEqual({ method: "sparse", reason: "asked for", settings: { k: 2, words: 5 } });
    const config = readJson(output, "config.json");
    expect(config["mm_projector_type"]).toBe("mm_vocab_sparse");
    expect(config["langbridge"]).toMatchObject({
      align: "sparse",
      align_settings: { k: 2, words: 5 },
      missing: "subword",
    });
    expect((await loadAdapter(output)).decoding).toMatchObject({ method: "sparse", settings: { k: 2, words: 5 } });
  });

  test("runs as it was planned: each patch is the target's mixture of the source tokens it is made of", async () => {
    const { output } = await transfer({ alignSettings: { k: 2, words: 3 }, dtype: "F32" });
    const features = Float32Array.from({ length: 4 * 6 }, (_, i) => Math.sin(i));
    const project = async (folder: string): Promise<Float32Array> => {
      const model = await loadModel({ adapter: projectorWeights(await loadAdapter(folder)), cacheFolder, threads: 1 });
      const { embeddings } = await model.adapter!.project(features);
      await model.dispose();
      return embeddings;
    };
    const vectors = await project(adapter);
    const wanted = pursuitReference(
      [0, 1, 2, 3].map((patch) => vectors.subarray(patch * WIDTH, (patch + 1) * WIDTH)),
      { source: matrix.values, target: await tensorOf(output, "mm_vocab_matrix"), rows: ROWS.length, k: 2, words: 3 },
    );
    expect(
      relativeError(
        await project(output),
        wanted.flatMap(({ embedding }) => embedding),
      ),
    ).toBeLessThan(1e-4);
  });

  test("soft takes a temperature", async () => {
    const { output } = await transfer({ align: "soft", alignSettings: { temperature: 0.2 } });
    expect((await loadAdapter(output)).decoding).toMatchObject({ method: "soft", settings: { temperature: 0.2 } });
  });

  test("of its own, decodes into as many first tokens as the source is wide", async () => {
    const words = byteLevelTokenizer(
      Array.from({ length: 12 }, (_, i) => `Ġw${i}`),
      [],
    );
    const wide = join(root, "wide");
    const table = makeLlm(wide, { tokenizer: words, hiddenSize: WIDTH, seed: 4 });
    const ids = (words as { model: { vocab: Record<string, number> } }).model.vocab;
    const tokens = Object.fromEntries(Object.entries(ids).filter(([token]) => /^Ġw\d+$/.test(token)));
    const many = join(root, "many");
    makeAdapter(many, { tokens, matrix: rowsOf(table, Object.values(tokens)) });
    const { report } = await transfer({ adapter: many, target: wide });
    expect(report.align.settings).toEqual({ k: 4, words: 8 });
  });

  test("can be transferred on, with the same result as from the first", async () => {
    const { output: first } = await transfer({});
    const [direct, onwards] = [await transfer({ target: other }), await transfer({ adapter: first, target: other })];
    for (const name of ["decode_matrix", "mm_vocab_matrix", "mm_projector.3.weight"]) {
      expect(await tensorOf(onwards.output, name)).toEqual(await tensorOf(direct.output, name));
    }
    const plain = await transfer({ adapter: first, target: other, align: "none" });
    const { output: expected } = await transfer({ target: other, align: "none" });
    expect(await tensorOf(plain.output, "mm_vocab_matrix")).toEqual(await tensorOf(expected, "mm_vocab_matrix"));
    expect((await loadAdapter(plain.output)).decoding).toBeUndefined();
  });
});

describe("an ordinary projector", () => {
  test("is described by the text that both LLMs have as one token", async () => {
    const { output, report } = await transfer({ adapter: ordinary, source, align: undefined });
    expect(report.align).toMatchObject({
      method: "sparse",
      reason:
        "the default for a projector without vocabulary rows; --source with all weights, --images and --vision would allow contextual, which keeps more between real LLMs",
    });
    const tokens = readJson(output, "vocabulary.json") as unknown as { token: string; match: string }[];
    expect(new Set(tokens.map(({ match }) => match))).toEqual(new Set(["exact"]));
    expect(tokens.map(({ token }) => token)).toEqual(expect.arrayContaining(["Ġthe", "Ġcat", "ing"]));
    const { projector, decoding } = await loadAdapter(output);
    expect([projector.kind, decoding!.matrix.hiddenSize, decoding!.matrix.rows]).toEqual([
      "mlp2x_gelu",
      WIDTH,
      tokens.length,
    ]);
    expect(readJson(output, "config.json")["mm_projector_type"]).toBe("mlp2x_gelu_sparse");
  });

  test("is described by the first tokens of a ranking that is given", async () => {
    const counts = join(root, "counts.json");
    writeFileSync(counts, '{"Ġcat": 90, "Ġred": 50, "Ġbox": 50}');
    const { output } = await transfer({ adapter: ordinary, source, vocabularyFile: counts });
    const decoded = await tensorOf(output, "decode_matrix");
    expect(decoded).toEqual(
      rowsOf(
        sourceTable,
        ["Ġcat", "Ġred", "Ġbox"].map((token) => vocab[token]!),
      ).values,
    );
  });

  test("can be transferred on without its LLM, by the tokens it was described by", async () => {
    const { output } = await transfer({ adapter: ordinary, source });
    const onwards = await transfer({ adapter: output, target: other });
    expect(await tensorOf(onwards.output, "decode_matrix")).toEqual(await tensorOf(output, "decode_matrix"));
  });

  test("needs the LLM it was trained for, of its own width", async () => {
    await expect(transfer({ adapter: ordinary })).rejects.toThrow(
      /has no vocabulary rows; name the LLM .* with --source/,
    );
    await expect(transfer({ adapter: ordinary, source: other })).rejects.toThrow(
      /makes vectors of 8 numbers, ".*" of .* is 4 wide; it was trained for another LLM/,
    );
    await expect(transfer({ adapter: ordinary, source, align: "none" })).rejects.toThrow(
      /no vocabulary rows to re-index; use --align .*sparse.*, with --source for its LLM/,
    );
  });
});

describe("the default", () => {
  const choice = async (options: Partial<TransferPlanOptions>) => {
    const { method, methodReason } = await planTransfer({ adapter, target, ...options });
    return [method.name, methodReason];
  };
  const bare = join(root, "without-matrix");
  makeAdapter(bare, { tokens: Object.fromEntries(ROWS.map((token) => [token, vocab[token]!])) });

  test("is to decode, wherever the source's rows are at hand", async () => {
    const decodes = [
      "sparse",
      "the default with the source's rows at hand; --source with all weights, --images and --vision would allow contextual, which keeps more between real LLMs; --align none is the paper's own step",
    ];
    expect(await choice({})).toEqual(decodes);
    // The source of this test is a table without layers.
    expect(await choice({ adapter: bare, source })).toEqual(decodes);
    expect(await choice({ alignSettings: { k: 2 } })).toEqual([
      "sparse",
      "the default with the source's rows at hand; --align none is the paper's own step",
    ]);
  });

  test("claims nothing of what other models kept", async () => {
    const { methodReason } = await planTransfer({ adapter, target });
    expect(methodReason).not.toMatch(/\d|%/);
  });

  test("is the paper's own step without them, and for the official code", async () => {
    expect(await choice({ adapter: bare })).toEqual([
      "none",
      "the default without the source's rows, which --source or --vocab-matrix gives",
    ]);
    expect(await choice({ official: true })).toEqual([
      "none",
      "the default with --official, whose code knows no other",
    ]);
  });
});

describe("what cannot be decoded is refused", () => {
  test.each([
    [{ align: "none", alignSettings: { k: 3 } }, "--k: --align none takes none; sparse does"],
    [{ alignSettings: { temperature: 0.1 } }, "--temperature: --align sparse takes none; soft does"],
    [{ alignSettings: { k: 0 } }, "--k: is 0, expected a whole number from 1 to 32"],
    [{ alignSettings: { k: 33 } }, "--k: is 33, expected a whole number from 1 to 32"],
    [{ alignSettings: { threshold: 1 } }, "--threshold: is 1, expected a number from 0 to less than 1"],
    [{ alignSettings: { words: 1.5 } }, "--words: is 1.5, expected a whole number of the adapter's first tokens"],
    [{ align: "soft", alignSettings: { temperature: -1 } }, "--temperature: is -1, expected a number above 0"],
  ] as const)("settings %j", async (options, message) => {
    await expect(planTransfer({ adapter, target, align: "sparse", ...options })).rejects.toThrow(message);
  });

  test("an adapter whose matrix is not at hand, unless its LLM is", async () => {
    const bare = join(root, "bare");
    makeAdapter(bare, { tokens: Object.fromEntries(ROWS.map((token) => [token, vocab[token]!])) });
    await expect(transfer({ adapter: bare })).rejects.toThrow(/--align sparse needs the source LLM's rows.*--source/);
    const { output } = await transfer({ adapter: bare, source });
    expect(await tensorOf(output, "decode_matrix")).toEqual(matrix.values);
  });

  test("--official, which has no place for a second matrix", async () => {
    await expect(transfer({}, { official: true })).rejects.toThrow(
      /--official: --align sparse decodes every patch at run time with a second matrix.*--align none/,
    );
  });

  test.each([
    ["a config that does not decode", { align: "none" }, /holds "decode_matrix", but its config.json names no way/],
    ["a config of a setting that is none", { align_settings: { k: "three" } }, /align_settings: "k": expected number/],
    ["a config of a newer format", { format_version: 9 }, /format version 9, this langbridge reads up to 2/],
  ])("%s", async (_, change, message) => {
    const { output } = await transfer({});
    const config = readJson(output, "config.json") as { langbridge: object };
    writeFileSync(
      join(output, "config.json"),
      JSON.stringify({ ...config, langbridge: { ...config.langbridge, ...change } }),
    );
    await expect(loadAdapter(output)).rejects.toThrow(message);
  });

  test("weights without the matrix to decode with, or with one of other rows", async () => {
    const { output } = await transfer({});
    const path = join(output, "model.safetensors");
    const { tensors } = await openCheckpoint(output);
    const kept: Record<string, TestTensor> = {};
    for (const [name, { shape }] of tensors) kept[name] = { shape, values: await tensorOf(output, name) };
    const { decode_matrix: decode, ...others } = kept;
    writeFileSync(path, safetensorsBytes(others));
    await expect(loadAdapter(output)).rejects.toThrow('config.json says align sparse, which needs "decode_matrix"');
    writeFileSync(
      path,
      safetensorsBytes({
        ...others,
        decode_matrix: { shape: [5, WIDTH], values: decode!.values.subarray(0, 5 * WIDTH) },
      }),
    );
    await expect(loadAdapter(output)).rejects.toThrow('"decode_matrix" has 5 rows, the vocabulary matrix 6');
  });
});

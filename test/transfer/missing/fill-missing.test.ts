import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { requireTensor } from "../../../src/checkpoint/weights.js";
import { readRows, type FloatMatrix } from "../../../src/files/read-rows.js";
import type { MixtureName } from "../../../src/transfer/missing/mixtures.js";
import { planTransfer, type TransferPlanOptions } from "../../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../../src/transfer/transfer.js";
import { relativeError } from "../../helpers/goldens.js";
import { byteLevelTokenizer, makeAdapter, makeLlm, type TestTensor } from "../../helpers/make-folders.js";
import { distinctWords, makeLlmWithRows, vocabularyOf } from "../../helpers/known-tables.js";
import { missingRowsGolden } from "../../helpers/missing-rows.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const { source, target } = missingRowsGolden;

// The target has the shared words, and no piece of the others is a row.
const sharedTokens = distinctWords("s", target.length);
const missingTokens = distinctWords("m", source.length - target.length);
const tokens = [...sharedTokens, ...missingTokens];

const sourceTokenizer = byteLevelTokenizer(tokens, []);
const targetTokenizer = byteLevelTokenizer(sharedTokens, []);
const [sourceLlm, targetLlm, adapter] = [join(root, "source"), join(root, "target"), join(root, "adapter")];
makeLlmWithRows(sourceLlm, sourceTokenizer, tokens, source);
makeLlmWithRows(targetLlm, targetTokenizer, tokens, target);
const matrix: TestTensor = { shape: [source.length, source[0]!.length], values: Float32Array.from(source.flat()) };
const labels = Object.fromEntries(tokens.map((token) => [token, vocabularyOf(sourceTokenizer)[token]!]));
makeAdapter(adapter, { tokens: labels, matrix });

const planned = (missing: MixtureName, options: Partial<TransferPlanOptions> = {}) =>
  planTransfer({ adapter, target: targetLlm, missing, ...options });

async function transferred(missing: MixtureName, name: string) {
  const output = join(root, name);
  const report = await executeTransfer(await planned(missing), { output, toolVersion: "0.0.0-test" });
  return { output, report };
}

describe.each(["knn", "omp"] as const)("--missing %s", (name) => {
  const expected = missingRowsGolden[name];

  test("chooses its setting by predicting shared tokens from the others, as numpy does", async () => {
    const { fill } = await planned(name);
    expect(fill).toMatchObject({ strategy: name, sharedTokens: target.length, value: expected.chosen });
    expect(fill!.heldOut.tokens).toBe(target.length);
    expect(
      relativeError(
        fill!.heldOut.errors.map(({ error }) => error),
        expected.heldOut,
      ),
    ).toBeLessThan(1e-4);
  });

  test("makes every missing row the mix that numpy makes, with its error", async () => {
    const { output, report } = await transferred(name, `${name}-rows`);
    expect(report.counts).toEqual({ exact: target.length, [name]: missingTokens.length });
    const written = requireTensor(await openCheckpoint(output), "mm_vocab_matrix") as FloatMatrix;
    const rows = await readRows(
      written,
      missingTokens.map((_, i) => target.length + i),
    );
    expect(
      relativeError(
        rows,
        expected.rows.flatMap(({ row }) => row),
      ),
    ).toBeLessThan(1e-4);
    const errors = new Map(report.approximated.map(({ token, error }) => [token, error!]));
    missingTokens.forEach((token, i) => expect(errors.get(token)).toBeCloseTo(expected.rows[i]!.error, 4));
    const entries = JSON.parse(readFileSync(join(output, "vocabulary.json"), "utf8")) as {
      match: string;
      ids: number[];
    }[];
    expect(entries.slice(target.length).map(({ match }) => match)).toEqual(missingTokens.map(() => name));
    const ids = expected.rows[0]!.tokens.map((token) => vocabularyOf(targetTokenizer)[sharedTokens[token]!]!);
    expect([...entries[target.length]!.ids].sort()).toEqual([...ids].sort());
  });

  test("gives equal bytes for equal input", async () => {
    const [one, two] = [await transferred(name, `${name}-one`), await transferred(name, `${name}-two`)];
    for (const file of ["model.safetensors", "vocabulary.json", "transfer_report.json"]) {
      expect(readFileSync(join(two.output, file)).equals(readFileSync(join(one.output, file)))).toBe(true);
    }
  });

  test("with --source mixes the tokens of the whole source vocabulary", async () => {
    const { fill } = await planned(name, { source: sourceLlm });
    const shared = Object.keys(vocabularyOf(sourceTokenizer)).filter((token) => token in vocabularyOf(targetTokenizer));
    expect(fill).toMatchObject({ sharedTokens: shared.length, from: "the vocabulary of source" });
    expect(shared.length).toBeGreaterThan(target.length);
  });
});

describe("--missing knn and omp", () => {
  test("leave rows of zeros missing, and start nothing where no row is missing", async () => {
    const folder = join(root, "zero-row");
    const values = matrix.values.slice();
    values.fill(0, target.length * matrix.shape[1]!, (target.length + 1) * matrix.shape[1]!);
    makeAdapter(folder, { tokens: labels, matrix: { ...matrix, values } });
    const { rowPlan } = await planned("omp", { adapter: folder });
    expect(rowPlan.dropped.map(({ token }) => token)).toEqual([missingTokens[0]]);
    expect((await planned("omp", { target: sourceLlm })).fill).toBeUndefined();
  });

  test("warn when they predict shared tokens no better than rows of zeros", async () => {
    const other = join(root, "unrelated");
    makeLlm(other, { tokenizer: targetTokenizer, hiddenSize: 10, seed: 77 });
    const { warnings } = await planned("omp", { target: other });
    expect(warnings.join("\n")).toMatch(/omp predicts shared tokens no better than rows of zeros .* --missing subword/);
  });

  test("need the vectors of the rows", async () => {
    const bare = join(root, "bare");
    makeAdapter(bare, { tokens: labels });
    await expect(planned("knn", { adapter: bare })).rejects.toThrow(
      /bare: --missing knn compares rows of the source, .*--vocab-matrix, .*--source$/,
    );
    const { rowPlan } = await planned("knn", { adapter: bare, source: sourceLlm });
    expect(rowPlan.counts).toMatchObject({ knn: missingTokens.length });
  });

  test("need two shared tokens, and finite rows", async () => {
    const few = join(root, "few");
    const pair = { [missingTokens[0]!]: 1, [sharedTokens[0]!]: 2 };
    makeAdapter(few, { tokens: pair, matrix: { shape: [2, 12], values: matrix.values.slice(0, 24) } });
    await expect(planned("omp", { adapter: few })).rejects.toThrow(
      /target: shares 1 tokens with the rows of the adapter, --missing omp mixes at least 2; use --missing subword/,
    );
    const spoilt = join(root, "spoilt");
    const values = matrix.values.map((value, i) => (i === 30 ? Number.NaN : value));
    makeAdapter(spoilt, { tokens: labels, matrix: { ...matrix, values } });
    await expect(planned("omp", { adapter: spoilt })).rejects.toThrow(
      /row 2 of "mm_vocab_matrix" holds NaN or infinity/,
    );
  });

  test("can be interrupted", async () => {
    const signal = AbortSignal.abort();
    await expect(planned("knn", { signal })).rejects.toThrow(/interrupted/);
  });
});

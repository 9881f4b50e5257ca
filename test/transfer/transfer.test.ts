import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../src/adapter/load.js";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { requireTensor } from "../../src/checkpoint/weights.js";
import { InputError, InterruptedError } from "../../src/errors.js";
import { readTensor } from "../../src/files/read-tensor.js";
import { decodeFloats, encodeFloats } from "../../src/tensor/half.js";
import type { FloatDtype } from "../../src/tensor/dtype.js";
import { planTransfer, type TransferPlanOptions } from "../../src/transfer/plan/plan-transfer.js";
import { executeTransfer, type TransferOptions } from "../../src/transfer/transfer.js";
import { outputNames } from "../helpers/output-names.js";
import {
  byteLevelTokenizer,
  makeAdapter,
  makeLlm,
  randomTensor,
  safetensorsBytes,
  sentencePieceTokenizer,
  type TestTensor,
} from "../helpers/make-folders.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();

const WORDS = ["Ġthe", "Ġcat", "Ġred", "ing", "0", "10", "Ġbird"];
const sourceTokenizer = byteLevelTokenizer(WORDS, ["<|endoftext|>"]);
const shuffledTokenizer = byteLevelTokenizer([...WORDS].reverse(), ["<|begin_of_text|>", "<|end_of_text|>"]);
/** Has "the" and "cat" with a word start, "ing" without one, but neither "red" nor "bird". */
const pieceTokenizer = sentencePieceTokenizer(["▁the", "▁cat", "ing", "▁re", "d", "▁b"]);

const source = join(root, "source-llm");
const shuffled = join(root, "shuffled-llm");
const pieces = join(root, "piece-llm");
const sourceTable = makeLlm(source, { tokenizer: sourceTokenizer, hiddenSize: 8, seed: 1 });
const shuffledTable = makeLlm(shuffled, { tokenizer: shuffledTokenizer, hiddenSize: 12, seed: 2 });
const pieceTable = makeLlm(pieces, { tokenizer: pieceTokenizer, hiddenSize: 4, seed: 3 });

function idsOf(tokenizer: object): Record<string, number> {
  const { model, added_tokens } = tokenizer as {
    model: { vocab: Record<string, number> };
    added_tokens: { id: number; content: string }[];
  };
  return { ...model.vocab, ...Object.fromEntries(added_tokens.map(({ id, content }) => [content, id])) };
}

function rowsOf(table: TestTensor, ids: readonly number[]): TestTensor {
  const columns = table.shape[1]!;
  const values = ids.flatMap((id) => [...table.values.subarray(id * columns, (id + 1) * columns)]);
  return { ...table, shape: [ids.length, columns], values: Float32Array.from(values) };
}

/** Rows in an order of their own, and with keys that JSON.parse would move to the front. */
const ROWS = ["Ġred", "Ġthe", "10", "0", "ing", "Ġcat"];
const sourceIds = ROWS.map((token) => idsOf(sourceTokenizer)[token]!);

/** Writes the labels by hand: an object literal would already have moved "10" and "0". */
function orderedVocabulary(tokens: readonly string[], ids: readonly number[]): string {
  return `{${tokens.map((token, i) => `${JSON.stringify(token)}: ${ids[i]}`).join(", ")}}`;
}

const adapter = join(root, "adapter");
const adapterTensors = makeAdapter(adapter, {
  tokens: Object.fromEntries(ROWS.map((token, i) => [token, sourceIds[i]!])),
  matrix: rowsOf(sourceTable, sourceIds),
});
writeFileSync(join(adapter, "mm_vocab.json"), orderedVocabulary(ROWS, sourceIds));

let outputs = 0;
async function run(
  plan: Partial<TransferPlanOptions> & Pick<TransferPlanOptions, "target">,
  options: Partial<TransferOptions> = {},
) {
  const output = options.output ?? join(root, `output-${outputs++}`);
  const report = await executeTransfer(await planTransfer({ adapter, align: "none", ...plan }), {
    toolVersion: "0.0.0-test",
    ...options,
    output,
  });
  return { output, report };
}

async function readValues(folder: string, name: string): Promise<Float32Array> {
  const tensor = requireTensor(await openCheckpoint(folder), name);
  return decodeFloats(await readTensor(tensor), tensor.dtype as FloatDtype);
}

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), "utf8"));

/** Values as a checkpoint of that dtype holds them. */
const stored = ({ values, dtype = "F32" }: TestTensor): Float32Array =>
  decodeFloats(encodeFloats(values, dtype), dtype);

describe("transfer", () => {
  test("row i of the new matrix is the target's row of the token that row i stands for", async () => {
    const { output } = await run({ target: shuffled });
    const targetIds = ROWS.map((token) => idsOf(shuffledTokenizer)[token]!);
    expect(targetIds).not.toEqual(sourceIds);
    expect(await readValues(output, "mm_vocab_matrix")).toEqual(stored(rowsOf(shuffledTable, targetIds)));
    const written = readFileSync(join(output, "mm_vocab.json"), "utf8");
    expect([...written.matchAll(/"(.+)": (\d+)/g)].map(([, token, id]) => [token, Number(id)])).toEqual(
      ROWS.map((token, i) => [token, targetIds[i]]),
    );
  });

  test("keeps every projector weight as it was", async () => {
    const { output } = await run({ target: shuffled });
    for (const [name, tensor] of Object.entries(adapterTensors)) {
      if (name === "mm_vocab_matrix") continue;
      expect(await readValues(output, name.replace("model.", ""))).toEqual(tensor.values);
    }
  });

  test("a token that the target lacks becomes the mean of its pieces, made without a dummy word start", async () => {
    const { output, report } = await run({ target: pieces });
    const ids = idsOf(pieceTokenizer);
    const table = stored(pieceTable);
    const row = (id: number): number[] => [...table.subarray(id * 4, id * 4 + 4)];
    const matrix = await readValues(output, "mm_vocab_matrix");
    const red = row(ids["▁re"]!).map((value, i) => (value + row(ids["d"]!)[i]!) / 2);
    const rounded = decodeFloats(encodeFloats(Float32Array.from(red), "BF16"), "BF16");
    expect([...matrix.subarray(0, 4)]).toEqual([...rounded]);
    const ing = ROWS.indexOf("ing");
    expect([...matrix.subarray(ing * 4, ing * 4 + 4)]).toEqual(row(ids["ing"]!));
    expect(report.counts).toEqual({ subword: 1 + 1, exact: 3, byte: 1 });
    expect(existsSync(join(output, "mm_vocab.json"))).toBe(false);
  });

  test("--missing drop removes the row from the matrix, the head and its bias together", async () => {
    const { output, report } = await run({ target: pieces, missing: "drop" });
    expect(report.dropped.map(({ token }) => token).sort()).toEqual(["10", "Ġred"]);
    const kept = ROWS.map((token, i) => ({ token, i })).filter(({ token }) => token !== "Ġred" && token !== "10");
    const head = adapterTensors["model.mm_projector.3.weight"]!;
    const bias = adapterTensors["model.mm_projector.3.bias"]!;
    const rows = kept.map(({ i }) => i);
    expect(await readValues(output, "mm_projector.3.weight")).toEqual(rowsOf(head, rows).values);
    expect([...(await readValues(output, "mm_projector.3.bias"))]).toEqual(rows.map((row) => bias.values[row]));
    expect(readJson(output, "config.json")).toMatchObject({ mm_vocab_size: 4, hidden_size: 4 });
  });

  test("an override and a mapping say what a row is made of", async () => {
    const mappingFile = join(root, "mapping.tsv");
    const lines = [
      ["Ġred", "▁cat", 0.75],
      ["Ġred", "d", -0.5],
    ] as const;
    writeFileSync(
      mappingFile,
      lines.map(([from, to, weight]) => `${JSON.stringify(from)}\t${JSON.stringify(to)}\t${weight}\n`).join(""),
    );
    const { output } = await run({ target: pieces, mappingFile, overrides: [{ token: "ing", text: " the" }] });
    const entries = readJson(output, "vocabulary.json") as {
      token: string;
      ids: number[];
      weights: number[];
      match: string;
    }[];
    const ids = idsOf(pieceTokenizer);
    expect(entries[0]).toEqual({
      token: "Ġred",
      ids: [ids["▁cat"], ids["d"]],
      weights: [0.75, -0.5],
      match: "mapping",
    });
    expect(entries[ROWS.indexOf("ing")]).toEqual({ token: "ing", ids: [ids["▁the"]], weights: [1], match: "override" });
  });

  test("the way back restores the adapter where every token was found", async () => {
    const there = await run({ target: shuffled });
    const back = await run({ adapter: there.output, target: source });
    expect(await readValues(back.output, "mm_vocab_matrix")).toEqual(stored(rowsOf(sourceTable, sourceIds)));
  });

  test("equal input gives equal bytes in every file", async () => {
    const [one, two] = [await run({ target: pieces }), await run({ target: pieces })];
    expect(outputNames(one.output)).toEqual(
      ["README.md", "config.json", "model.safetensors", "transfer_report.json", "vocabulary.json"].sort(),
    );
    // A card is uploaded: it names no folder of this machine.
    const card = readFileSync(join(one.output, "README.md"), "utf8");
    expect(card).toMatch(
      /^---\nlibrary_name: langbridge\n.*## How it was made\n.*## Measured\n\n- No benchmark was run/s,
    );
    expect(card).not.toContain(dirname(one.output));
    for (const name of readdirSync(one.output)) {
      expect(readFileSync(join(two.output, name)).equals(readFileSync(join(one.output, name)))).toBe(true);
    }
  });

  test("--dtype converts the projector and the matrix with one rounding", async () => {
    const { output } = await run({ target: pieces, dtype: "F16" });
    const adapterOut = await loadAdapter(output);
    expect([adapterOut.projector.dtype, adapterOut.matrix!.tensor.dtype]).toEqual(["F16", "F16"]);
    const head = adapterTensors["model.mm_projector.3.weight"]!;
    expect(await readValues(output, "mm_projector.3.weight")).toEqual(stored({ ...head, dtype: "F16" }));
  });

  test("--dtype f16 refuses weights that float16 cannot hold, and names the row", async () => {
    const loud = join(root, "loud-llm");
    const table = makeLlm(loud, { tokenizer: shuffledTokenizer, hiddenSize: 4, dtype: "F32" });
    const cat = idsOf(shuffledTokenizer)["Ġcat"]!;
    table.values[cat * 4 + 1] = 70000;
    writeFileSync(join(loud, "model.safetensors"), safetensorsBytes({ "model.embed_tokens.weight": table }));
    await expect(run({ target: loud, dtype: "F16" })).rejects.toThrow(
      `row ${cat} of "model.embed_tokens.weight" (token "Ġcat") is NaN or beyond the range of float16; choose --dtype bf16 or f32`,
    );
    await run({ target: loud, dtype: "BF16" });
    const loudAdapter = join(root, "loud-adapter");
    const wide = Object.entries(adapterTensors).map(([name, tensor]) => [name, { ...tensor, dtype: "F32" }] as const);
    const tensors: Record<string, TestTensor> = Object.fromEntries(wide);
    const bias = tensors["model.mm_projector.3.bias"]!;
    tensors["model.mm_projector.3.bias"] = { ...bias, values: bias.values.map((x, row) => (row === 2 ? -1e5 : x)) };
    mkdirSync(loudAdapter, { recursive: true });
    writeFileSync(join(loudAdapter, "model.safetensors"), safetensorsBytes(tensors));
    writeFileSync(join(loudAdapter, "mm_vocab.json"), orderedVocabulary(ROWS, sourceIds));
    await expect(run({ adapter: loudAdapter, target: shuffled, dtype: "F16" })).rejects.toThrow(
      'row 2 of "model.mm_projector.3.bias" is NaN or beyond the range of float16',
    );
  });

  test("coverage, mass and provenance are in the report and the config", async () => {
    const { output, report } = await run({ target: pieces });
    expect(report.coverage.rows).toEqual({ exact: 4 / 6, approximated: 2 / 6, dropped: 0 });
    const { exact, approximated, dropped } = report.headMass!;
    expect(exact + approximated + dropped).toBeCloseTo(1, 12);
    const head = adapterTensors["model.mm_projector.3.weight"]!.values;
    const squares = ROWS.map((_, row) => head.subarray(row * 10, row * 10 + 10).reduce((sum, x) => sum + x * x, 0));
    const total = squares.reduce((sum, square) => sum + square, 0);
    expect(approximated).toBeCloseTo((squares[0]! + squares[ROWS.indexOf("10")]!) / total, 6);
    expect(readJson(output, "transfer_report.json")).toEqual(report);
    expect(readJson(output, "config.json")).toMatchObject({
      model_type: "langbridge",
      mm_projector_type: "mm_vocab",
      mm_hidden_size: 6,
      mlp_hidden_size: 10,
      langbridge: { source_adapter_sha256: report.adapter.sha256, target: { rows_sha256: report.target.rowsSha256 } },
    });
  });
});

test("rows of more bytes than a stream holds at a time are read back as they were written", async () => {
  const hiddenSize = 8192; // 160 rows are 5 MB, and a stream uses the memory of its fourth block of 1 MB again.
  const words = Array.from(
    { length: 160 },
    (_, i) => `Ġ${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`,
  );
  const tokenizer = byteLevelTokenizer(words, []);
  const wide = join(root, "wide");
  const table = makeLlm(wide, { tokenizer, hiddenSize, seed: 4, dtype: "F32" });
  const wideAdapter = join(root, "wide-adapter");
  makeAdapter(wideAdapter, { tokens: Object.fromEntries(["Ġaaab", ...words].map((word, i) => [word, i])) });
  const { output, report } = await run({ adapter: wideAdapter, target: wide });
  expect(report.counts).toEqual({ subword: 1, exact: words.length });
  const last = (await readValues(output, "mm_vocab_matrix")).subarray(words.length * hiddenSize);
  expect(last).toEqual(rowsOf(table, [idsOf(tokenizer)[words.at(-1)!]!]).values);
});

describe("a vocabulary that has to be found", () => {
  test("is recovered bit for bit from the rows of the source's table", async () => {
    const bare = join(root, "bare-adapter");
    mkdirSync(bare, { recursive: true });
    writeFileSync(join(bare, "model.safetensors"), safetensorsBytes(adapterTensors));
    const plan = await planTransfer({ adapter: bare, target: shuffled, source });
    expect(plan.source.rowTokens.tokens.map(({ string }) => string)).toEqual(ROWS);
    expect(plan.checks).toContain("6 of 6 rows recovered bit for bit");
    await expect(planTransfer({ adapter: bare, target: shuffled })).rejects.toThrow(/nothing says which token/);
  });

  test("is the whole source vocabulary when the adapter has a row for every id", async () => {
    const whole = join(root, "whole-adapter");
    const tokens = idsOf(sourceTokenizer);
    makeAdapter(whole, { tokens });
    writeFileSync(join(whole, "mm_vocab.json"), "{}");
    const bare = join(root, "whole-bare");
    mkdirSync(bare, { recursive: true });
    writeFileSync(join(bare, "model.safetensors"), readFileSync(join(whole, "model.safetensors")));
    const plan = await planTransfer({ adapter: bare, target: shuffled, source });
    expect(plan.rowPlan.counts).toEqual({ exact: Object.keys(tokens).length - 1, special: 1 });
  });

  test("is the first rows of a ranking by count", async () => {
    const ranking = join(root, "counts.json");
    writeFileSync(ranking, orderedVocabulary([...ROWS, "Ġbird"], [90, 80, 70, 60, 60, 50, 40]));
    const plan = await planTransfer({ adapter, target: shuffled, vocabularyFile: ranking });
    expect(plan.source.rowTokens.tokens.map(({ string }) => string)).toEqual(ROWS);
    expect(plan.rowPlan.coverage.occurrences).toEqual({ exact: 1, approximated: 0, dropped: 0 });
  });
});

describe("launch mistakes", () => {
  test("a matrix that is another LLM's is told by its rows", async () => {
    const other = join(root, "other-source");
    makeLlm(other, { tokenizer: sourceTokenizer, hiddenSize: 8, seed: 99 });
    await expect(planTransfer({ adapter, target: shuffled, source: other })).rejects.toThrow(
      /6 of 6 rows of the vocabulary matrix differ from the rows of .*other-source.*made from another LLM/,
    );
    const plan = await planTransfer({ adapter, target: shuffled, source });
    expect(plan.warnings).toEqual([]);
    expect(plan.checks).toContain("M compared with the rows of source-llm");
  });

  test("a matrix of another width than the source is an error with both widths", async () => {
    const wide = join(root, "wide-source");
    makeLlm(wide, { tokenizer: sourceTokenizer, hiddenSize: 16, seed: 1 });
    await expect(planTransfer({ adapter, target: shuffled, source: wide })).rejects.toThrow(/is 8 wide.* 16/);
  });

  test("a config of another adapter is an error that shows both sizes", async () => {
    const wrong = join(root, "wrong-config");
    makeAdapter(wrong, { tokens: { a: 1, b: 2 }, config: { mm_vocab_size: 19200 } });
    await expect(planTransfer({ adapter: wrong, target: shuffled })).rejects.toThrow(
      /"model.mm_projector.3.weight" is \(2, 10\), config.json says mm_vocab_size 19200/,
    );
  });

  test("a vocabulary of another length than the head is an error", async () => {
    const short = join(root, "short.json");
    writeFileSync(short, orderedVocabulary(["Ġthe"], [5]));
    await expect(planTransfer({ adapter, target: shuffled, vocabularyFile: short })).rejects.toThrow(
      /short.json: has 1 tokens, the adapter has 6 rows/,
    );
  });

  test("moving to the LLM that the adapter is already for is warned of", async () => {
    const { output } = await run({ target: shuffled });
    const plan = await planTransfer({ adapter: output, target: shuffled });
    expect(plan.warnings).toEqual(
      [
        "output-10 was already made for shuffled-llm; the same tokenizer and config are the target now",
        "the matrix of output-10 already holds the rows of shuffled-llm; was another adapter or another LLM meant?",
      ].map((warning) => warning.replaceAll("output-10", basename(output))),
    );
  });

  test("rows of M that are not finite or zero are named, with the source LLM or without", async () => {
    const odd = join(root, "odd-matrix");
    const matrix = rowsOf(sourceTable, sourceIds);
    const columns = matrix.shape[1]!;
    makeAdapter(odd, {
      tokens: Object.fromEntries(ROWS.map((token, i) => [token, sourceIds[i]!])),
      matrix: {
        ...matrix,
        values: matrix.values.map((x, i) => (i === 3 * columns ? NaN : i >= 5 * columns ? 0 : x)),
      },
    });
    writeFileSync(join(odd, "mm_vocab.json"), orderedVocabulary(ROWS, sourceIds));
    const expected = [
      '1 rows of the adapter\'s matrix hold NaN or infinity: rows 3 "0"',
      '1 rows of the adapter\'s matrix are all zero: rows 5 "Ġcat"',
    ];
    expect((await planTransfer({ adapter: odd, target: shuffled })).warnings).toEqual(expected);
    const proven = await planTransfer({ adapter: odd, target: shuffled, source });
    expect(proven.warnings.slice(1)).toEqual(expected);
    expect(proven.warnings[0]).toMatch(/^2 rows of M differ from the rows of source-llm/);
  });

  test("a vision tower named by a relative path is named from the new folder", async () => {
    const related = join(root, "nested", "adapter");
    makeAdapter(related, {
      tokens: Object.fromEntries(ROWS.map((token, i) => [token, sourceIds[i]!])),
      config: { mm_vision_tower: "../../clip" },
    });
    writeFileSync(join(related, "mm_vocab.json"), orderedVocabulary(ROWS, sourceIds));
    const { output } = await run({ adapter: related, target: shuffled }, { output: join(root, "moved-tower") });
    expect(readJson(output, "config.json")).toMatchObject({ mm_vision_tower: "../clip" });
  });

  test("a tuned vision tower and an image_newline are named", async () => {
    const llava = join(root, "llava");
    makeAdapter(llava, { tokens: { Ġthe: 1 } });
    writeFileSync(
      join(llava, "model.safetensors"),
      safetensorsBytes({
        ...Object.fromEntries(Object.entries(adapterTensors).map(([name, tensor]) => [name, tensor])),
        "model.image_newline": randomTensor([8], 5),
        "model.vision_tower.vision_tower.vision_model.post_layernorm.weight": randomTensor([6], 6),
      }),
    );
    writeFileSync(join(llava, "config.json"), "{}");
    writeFileSync(join(llava, "mm_vocab.json"), orderedVocabulary(ROWS, sourceIds));
    const { warnings } = await planTransfer({ adapter: llava, target: shuffled });
    expect(warnings.join("\n")).toMatch(/tuned vision tower[^]*image_newline \(8\)/);
  });

  test("ids beyond the table are found before anything is written", async () => {
    const cut = join(root, "cut-table");
    makeLlm(cut, { tokenizer: shuffledTokenizer, hiddenSize: 4, config: { vocab_size: 257 } });
    writeFileSync(
      join(cut, "model.safetensors"),
      safetensorsBytes({ "model.embed_tokens.weight": randomTensor([257, 4], 1) }),
    );
    await expect(planTransfer({ adapter, target: cut })).rejects.toThrow(
      /has id \d+, but "model.embed_tokens.weight" has 257 rows/,
    );
  });

  test("a row of the target that holds NaN is an error, and nothing is left behind", async () => {
    const damaged = join(root, "damaged");
    const table = makeLlm(damaged, { tokenizer: shuffledTokenizer, hiddenSize: 4, dtype: "F32" });
    table.values[idsOf(shuffledTokenizer)["Ġcat"]! * 4] = NaN;
    writeFileSync(join(damaged, "model.safetensors"), safetensorsBytes({ "model.embed_tokens.weight": table }));
    const output = join(root, "nan-output");
    await expect(run({ target: damaged }, { output })).rejects.toThrow(InputError);
    await expect(run({ target: damaged }, { output })).rejects.toThrow(/row \d+ of "model.embed_tokens.weight".*NaN/);
    expect(existsSync(output)).toBe(false);
    expect(readdirSync(root).filter((name) => name.includes("nan-output"))).toEqual([]);
  });

  test("an earlier output is kept when a forced transfer fails; what is none is never replaced", async () => {
    const output = join(root, "occupied");
    await run({ target: shuffled }, { output });
    const weights = readFileSync(join(output, "model.safetensors"));
    await expect(run({ target: shuffled }, { output })).rejects.toThrow(/occupied: is not empty/);
    const stopped = new AbortController();
    stopped.abort();
    const forced = { output, force: true };
    await expect(run({ target: shuffled }, { ...forced, signal: stopped.signal })).rejects.toThrow(InterruptedError);
    expect(readFileSync(join(output, "model.safetensors"))).toEqual(weights);
    await run({ target: shuffled }, forced);
    writeFileSync(join(output, "precious"), "do not lose");
    await expect(run({ target: shuffled }, forced)).rejects.toThrow("--force would delete precious, which langbridge");
    expect(readFileSync(join(output, "precious"), "utf8")).toBe("do not lose");
  });

  test("a forced transfer replaces neither its adapter nor its target", async () => {
    const target = join(root, "own-target");
    cpSync(shuffled, target, { recursive: true });
    const error = `${target}: replacing it would delete ${target}, which the new folder is made of`;
    await expect(run({ target }, { output: target, force: true })).rejects.toThrow(error);
    expect(readdirSync(target)).toEqual(readdirSync(shuffled));
  });
});

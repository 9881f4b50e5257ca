import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../src/adapter/load.js";
import { describeChangedRows } from "../../src/adapter/changed-rows.js";
import { planTransfer } from "../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../src/transfer/transfer.js";
import {
  byteLevelTokenizer,
  makeAdapter,
  makeLlm,
  randomTensor,
  safetensorsBytes,
  type TestTensor,
} from "../helpers/make-folders.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const tokenizer = byteLevelTokenizer(["Ġthe", "Ġcat", "Ġred", "Ġbird"], ["<|endoftext|>"]);
const { vocab } = (tokenizer as { model: { vocab: Record<string, number> } }).model;
const idOf = (token: string): number => vocab[token]!;

const target = join(root, "target");
const table = makeLlm(target, { tokenizer, hiddenSize: 8 });
const adapter = join(root, "adapter");
const tokens = { Ġthe: idOf("Ġthe"), Ġcat: idOf("Ġcat") };
makeAdapter(adapter, { tokens, matrix: randomTensor([2, 8], 5) });
const moved = join(root, "moved");
await executeTransfer(await planTransfer({ adapter, target }), { output: moved, toolVersion: "0.0.0-test" });

/** The target with other numbers in one row. */
function tuned(name: string, row: number): string {
  const folder = join(root, name);
  mkdirSync(folder);
  makeLlm(folder, { tokenizer, hiddenSize: 8 });
  const values = Float32Array.from(table.values);
  values[row * 8] = 0.75;
  const changed: TestTensor = { ...table, values };
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes({ "model.embed_tokens.weight": changed }));
  return folder;
}

describe("describeChangedRows", () => {
  test("says nothing about the LLM that the adapter was moved to, nor where no used row moved", async () => {
    expect(await describeChangedRows(await loadAdapter(moved), target)).toBeUndefined();
    const elsewhere = tuned("tuned-elsewhere", idOf("Ġbird"));
    expect(await describeChangedRows(await loadAdapter(moved), elsewhere)).toBeUndefined();
  });

  test("gives both hashes where a used row moved", async () => {
    const { config } = await loadAdapter(moved);
    const said = await describeChangedRows(await loadAdapter(moved), tuned("tuned", idOf("Ġcat")));
    const hashes = said!.match(/[0-9a-f]{64}/g)!;
    expect(hashes[0]).toBe(config.langbridge!.target.rows_sha256);
    expect(hashes[1]).not.toBe(hashes[0]);
    expect(said).toMatch(/was made for embedding rows of SHA-256 .*, those of .*tuned have /);
  });

  test("names a row that the LLM does not have", async () => {
    const small = join(root, "small");
    makeLlm(small, { tokenizer: byteLevelTokenizer([], []), hiddenSize: 8 });
    const said = await describeChangedRows(await loadAdapter(moved), small);
    expect(said).toMatch(/was made for an LLM with a row 25\d, .*small has 25\d rows; transfer the adapter to it$/);
  });
});

describe("describeChangedRows of an adapter that records no hash", () => {
  /** An adapter of the target's own rows, as the official code makes one. */
  function official(name: string): string {
    const folder = join(root, name);
    const rows = Object.values(tokens).map((id) => [...table.values.subarray(id * 8, id * 8 + 8)]);
    makeAdapter(folder, {
      tokens,
      matrix: { ...table, shape: [rows.length, 8], values: Float32Array.from(rows.flat()) },
    });
    return folder;
  }

  test("says nothing where the compared rows are the LLM's", async () => {
    const own = official("own");
    expect(await describeChangedRows(await loadAdapter(own), target)).toBeUndefined();
    expect(await describeChangedRows(await loadAdapter(own), tuned("tuned-bird", idOf("Ġbird")))).toBeUndefined();
  });

  test("counts the rows that differ", async () => {
    const own = official("own-tuned");
    const said = await describeChangedRows(await loadAdapter(own), tuned("tuned-cat", idOf("Ġcat")));
    expect(said).toMatch(
      /own-tuned: of 2 rows of its vocabulary matrix that were compared, 1 differ from those of .*tuned-cat; a tuned LLM may answer well all the same, another one needs a transfer$/,
    );
  });

  test("names a row that the LLM does not have", async () => {
    const own = official("own-beyond");
    const few = join(root, "few");
    makeLlm(few, { tokenizer: byteLevelTokenizer([], []), hiddenSize: 8 });
    const said = await describeChangedRows(await loadAdapter(own), few);
    expect(said).toMatch(/own-beyond: was made for an LLM with a row 25\d, .*few has 25\d rows; /);
  });

  test("says nothing where no file tells which rows they are", async () => {
    const unknown = official("own-unknown");
    rmSync(join(unknown, "mm_vocab.json"));
    expect(await describeChangedRows(await loadAdapter(unknown), tuned("tuned-unknown", idOf("Ġcat")))).toBeUndefined();
  });

  test.each(["paper-0", "official", "anchored"])("knows the LLM of the small world's %s by 64 rows", async (kind) => {
    const adapter = await loadAdapter(join(WORLD, "adapters", "qwen2", kind));
    expect(await describeChangedRows(adapter, join(WORLD, "qwen2"))).toBeUndefined();
    const another = join(root, `another-${kind}`);
    mkdirSync(another);
    writeFileSync(join(another, "config.json"), JSON.stringify({ vocab_size: 1664 }));
    const rows = { "model.embed_tokens.weight": randomTensor([1664, 64], 9) };
    writeFileSync(join(another, "model.safetensors"), safetensorsBytes(rows));
    expect(await describeChangedRows(adapter, another)).toMatch(/: of 64 rows .* compared, 64 differ from those of /);
  });

  test("says nothing about a projector without a matrix, nor about an LLM of another width", async () => {
    const ordinary = await loadAdapter(join(WORLD, "adapters", "qwen2", "mlp2x_gelu"));
    expect(await describeChangedRows(ordinary, join(WORLD, "llama3"))).toBeUndefined();
    expect(await describeChangedRows(await loadAdapter(adapter), join(WORLD, "qwen2"))).toBeUndefined();
  });
});

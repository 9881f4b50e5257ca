import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../src/adapter/load.js";
import { describeMovedRows } from "../../src/transfer/moved-rows.js";
import { planTransfer } from "../../src/transfer/plan.js";
import { executeTransfer } from "../../src/transfer/transfer.js";
import {
  byteLevelTokenizer,
  makeAdapter,
  makeLlm,
  randomTensor,
  safetensorsBytes,
  type TestTensor,
} from "../helpers/make-folders.js";
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

describe("describeMovedRows", () => {
  test("says nothing about the LLM that the adapter was moved to, nor where no used row moved", async () => {
    expect(await describeMovedRows(await loadAdapter(moved), target)).toBeUndefined();
    const elsewhere = tuned("tuned-elsewhere", idOf("Ġbird"));
    expect(await describeMovedRows(await loadAdapter(moved), elsewhere)).toBeUndefined();
  });

  test("says nothing about an adapter that records no rows", async () => {
    expect(await describeMovedRows(await loadAdapter(adapter), target)).toBeUndefined();
  });

  test("gives both hashes where a used row moved", async () => {
    const { config } = await loadAdapter(moved);
    const said = await describeMovedRows(await loadAdapter(moved), tuned("tuned", idOf("Ġcat")));
    const hashes = said!.match(/[0-9a-f]{64}/g)!;
    expect(hashes[0]).toBe(config.langbridge!.target.rows_sha256);
    expect(hashes[1]).not.toBe(hashes[0]);
    expect(said).toMatch(/was made for embedding rows of SHA-256 .*, those of .*tuned have /);
  });

  test("names a row that the LLM does not have", async () => {
    const small = join(root, "small");
    makeLlm(small, { tokenizer: byteLevelTokenizer([], []), hiddenSize: 8 });
    const said = await describeMovedRows(await loadAdapter(moved), small);
    expect(said).toMatch(/was made for an LLM with a row 25\d, .*small has 25\d rows; transfer the adapter to it$/);
  });
});

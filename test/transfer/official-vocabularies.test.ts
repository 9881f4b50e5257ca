import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { planTransfer } from "../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../src/transfer/transfer.js";
import { readTokenList } from "../../src/vocabulary/token-list.js";
import { projectorTensors, randomTensor, safetensorsBytes } from "../helpers/make-folders.js";
import { describeWithSharedData, SHARED_DATA } from "../helpers/shared-data.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const VOCABULARIES = join(SHARED_DATA, "vocab");
const listOf = (name: string): string => join(VOCABULARIES, `${name}_sub_llava_share_intersect_llama_qwen.json`);

/** An LLM with the real tokenizer and a table of the real height, two numbers wide. */
function makeRealLlm(name: string, tokenizer: string, vocabSize: number): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) {
    copyFileSync(join(SHARED_DATA, "tokenizers", tokenizer, file), join(folder, file));
  }
  writeFileSync(join(folder, "config.json"), JSON.stringify({ vocab_size: vocabSize, hidden_size: 2 }));
  const table = randomTensor([vocabSize, 2], 7, "BF16");
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes({ "model.embed_tokens.weight": table }));
  return folder;
}

function makeProjector(rows: number): string {
  const folder = join(root, `projector-${rows}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(projectorTensors(rows)));
  return folder;
}

describeWithSharedData("the authors' vocabulary files", () => {
  test("Qwen's list and Llama-3's tokenizer give the authors' Llama-3 list, row by row and in file order", async () => {
    const target = makeRealLlm("llama3", "llama3-8b-instruct", 128_256);
    const plan = await planTransfer({
      adapter: makeProjector(19_200),
      target,
      vocabularyFile: listOf("19200_Qwen"),
    });
    const output = join(root, "llama3-adapter");
    await executeTransfer(plan, { output, toolVersion: "test" });
    const official = await readTokenList(listOf("19200_llama3"));
    const written = await readTokenList(join(output, "mm_vocab.json"));
    expect(written.ids).toEqual(official.ids);
    expect(official.ids).toHaveLength(19_200);
    expect(written.tokens).toEqual(official.tokens);
    expect(plan.rowPlan.counts).toEqual({ exact: 19_200 });
  });

  test("the count file alone serves an adapter of 12,800 rows, and says what it covers", async () => {
    const target = makeRealLlm("qwen", "qwen2.5", 152_064);
    const { rowPlan } = await planTransfer({
      adapter: makeProjector(12_800),
      target,
      vocabularyFile: join(VOCABULARIES, "sub_llava_share_intersect_llama_qwen.json"),
    });
    const official = await readTokenList(listOf("19200_Qwen"));
    expect(rowPlan.rows.map(({ ids }) => ids[0])).toEqual(official.ids!.slice(0, 12_800));
    expect(rowPlan.coverage.occurrences).toEqual({ exact: 1, approximated: 0, dropped: 0 });
  });

  test("an LLM of another tokenizer kind keeps every row, by equal bytes or by pieces", async () => {
    const target = makeRealLlm("tinyllama", "tinyllama", 32_000);
    const { rowPlan } = await planTransfer({
      adapter: makeProjector(19_200),
      target,
      vocabularyFile: listOf("19200_Qwen"),
    });
    expect(rowPlan.dropped).toEqual([]);
    expect((rowPlan.counts["exact"] ?? 0) + (rowPlan.counts["byte"] ?? 0) + (rowPlan.counts["subword"] ?? 0)).toBe(
      19_200,
    );
  });
});

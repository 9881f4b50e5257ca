import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter, type Adapter } from "../../src/adapter/load.js";
import { vectorScale, vectorUnit } from "../../src/adapter/vector-scale.js";
import { openLlm } from "../../src/model/llm/llm-folder.js";
import { projectorWeights } from "../../src/runtime/parts/projector-weights.js";
import { planTransfer, type TransferPlanOptions } from "../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../src/transfer/transfer.js";
import { byteLevelTokenizer, makeLlm, type TestTensor } from "../helpers/make-folders.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { writeWordAdapter } from "../helpers/word-adapter.js";
import { withModel } from "../helpers/with-model.js";

const root = temporaryFolder();
const tokenizer = byteLevelTokenizer(["Ġthe", "Ġcat", "Ġred", "Ġbird"], ["<|endoftext|>"]);
const { vocab } = (tokenizer as { model: { vocab: Record<string, number> } }).model;
const [WORD, WIDTH, FEATURES] = ["Ġred", 16, 6];
const TOKENS = Object.fromEntries(["Ġthe", "Ġcat", WORD, "Ġbird"].map((token) => [token, vocab[token]!]));

/** LLMs with what each multiplies its rows by. */
const LLMS = {
  qwen2: { config: {}, scale: 1 },
  gemma: { config: { model_type: "gemma" }, scale: 4 },
  gemma2: { config: { model_type: "gemma2" }, scale: 4 },
  gemma3: { config: { model_type: "gemma3_text" }, scale: 4 },
  granite: { config: { model_type: "granite", embedding_multiplier: 12 }, scale: 12 },
} as const;
type Name = keyof typeof LLMS;

const tables = Object.fromEntries(
  Object.entries(LLMS).map(([name, { config }], seed) => {
    return [name, makeLlm(join(root, name), { tokenizer, hiddenSize: WIDTH, dtype: "F32", seed, config })];
  }),
) as Record<Name, TestTensor>;

const rowOfLlm = (name: Name, token: string): Float32Array =>
  tables[name].values.slice(TOKENS[token]! * WIDTH, (TOKENS[token]! + 1) * WIDTH);

/** What enters the first layer of an LLM for the word. */
const textVector = (name: Name): number[] => [...rowOfLlm(name, WORD)].map((value) => value * LLMS[name].scale);

/** An adapter whose every patch is the word, `length` times as long as a row. */
function wordAdapter(name: Name, { length = 1, config = {} }: { length?: number; config?: object } = {}): string {
  const folder = join(root, `adapter-${name}-${length}-${Object.values(config).join("-")}`);
  const rowOf = (token: string): Float32Array => rowOfLlm(name, token);
  return writeWordAdapter(folder, { tokens: TOKENS, rowOf, word: WORD, features: FEATURES, length, config });
}

/** What a patch becomes in front of an LLM. */
async function patchVector(folder: string, name: Name, { fold = true } = {}): Promise<number[]> {
  const adapter = await loadAdapter(folder);
  const { scale } = vectorScale(adapter, await openLlm(join(root, name)));
  const weights = projectorWeights(adapter, scale);
  return withModel({ adapter: weights, adapterOptions: { fold }, cacheFolder: root, threads: 1 }, async (model) => {
    return [...(await model.adapter!.project(new Float32Array(FEATURES))).embeddings];
  });
}

let outputs = 0;

async function transferred(adapter: string, to: Name, options: Partial<TransferPlanOptions> = {}): Promise<string> {
  const output = join(root, `out-${outputs++}`);
  const plan = await planTransfer({ adapter, target: join(root, to), align: "none", ...options });
  await executeTransfer(plan, { output, toolVersion: "0.0.0-test" });
  return output;
}

const expectClose = (found: readonly number[], expected: readonly number[]): void =>
  found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));

const names = Object.keys(LLMS) as Name[];
const pairs = names.flatMap((from) => names.map((to) => [from, to] as const));

describe("a patch that is a word enters an LLM as the word's own token does", () => {
  test.each(names)("of an adapter that was trained in front of %s as its first code ran it", async (name) => {
    const config = { transformers_version: "4.42.4" };
    const adapter = wordAdapter(name, { config });
    // Gemma 3 has never multiplied pictures, so there the adapter has to make vectors of that length itself.
    const length = name === "gemma3" ? 1 / LLMS[name].scale : 1;
    expectClose(
      await patchVector(adapter, name),
      textVector(name).map((value) => value * length),
    );
  });

  test.each(pairs)("moved from %s to %s by re-indexing", async (from, to) => {
    const length = from === "gemma3" ? LLMS[from].scale : 1;
    const adapter = wordAdapter(from, { length, config: { transformers_version: "4.42.4" } });
    const output = await transferred(adapter, to, { source: join(root, from) });
    expectClose(await patchVector(output, to), textVector(to));
    expectClose(await patchVector(output, to, { fold: false }), textVector(to));
  });

  test.each(pairs)("moved from %s to %s by decoding, whatever its length", async (from, to) => {
    const output = await transferred(wordAdapter(from, { length: 7 }), to, {
      align: "sparse",
      source: join(root, from),
    });
    expectClose(await patchVector(output, to), textVector(to));
  });

  test("moved on to a third LLM", async () => {
    const first = await transferred(wordAdapter("qwen2"), "gemma3");
    expectClose(await patchVector(await transferred(first, "granite"), "granite"), textVector("granite"));
  });
});

describe("what an adapter's folder says of the length of its vectors", () => {
  const adapter = (config: Adapter["config"]): Pick<Adapter, "config" | "path"> => ({ path: "adapter", config });

  test.each([
    ["gemma", "4.42.4", 4, true],
    ["gemma", "5.3.1", 4, true],
    ["gemma", "5.4.0", 1, true],
    ["gemma2", "5.24.0", 1, true],
    ["gemma2", undefined, 4, false],
    ["gemma3", undefined, 1, true],
    ["granite", "5.24.0", 12, true],
    ["qwen2", undefined, 1, true],
  ] as const)("%s by transformers %s: %s", async (name, transformers_version, scale, isSure) => {
    const found = vectorScale(adapter({ transformers_version }), await openLlm(join(root, name)));
    expect(found.scale).toBe(scale);
    expect(found.warnings).toEqual(
      isSure
        ? []
        : [expect.stringMatching(/does not say by which release .* before 5\.4, which multiplied .* by 4\.000 too/)],
    );
  });

  test("an LLM that multiplies by another number is refused, and both are named", async () => {
    const moved = await loadAdapter(await transferred(wordAdapter("qwen2"), "gemma"));
    const refused = async (name: Name) => vectorScale(moved, await openLlm(join(root, name)));
    await expect(refused("granite")).rejects.toThrow(
      /was made for gemma, which multiplies its input embeddings by 4\.0000; granite multiplies its input embeddings by 12\.000; transfer the adapter to it/,
    );
    await expect(refused("qwen2")).rejects.toThrow(
      /by 4\.0000; qwen2 takes its input embeddings as they are; transfer/,
    );
  });

  test("a linear map is not fitted to rows of another length than the vectors that go through it", async () => {
    const source = join(root, "gemma");
    const options = { align: "ridge", source, target: join(root, "qwen2") } as const;
    const config = { transformers_version: "5.4.0" };
    await expect(planTransfer({ adapter: wordAdapter("gemma", { config }), ...options })).rejects.toThrow(
      /makes vectors that are 4\.000 times as long as its LLM's rows.*use --align sparse or soft/,
    );
  });

  test("folders of before it was recorded hold mixtures of rows", () => {
    const target = { name: "g" } as never;
    const langbridge = { target } as never;
    expect(vectorUnit(adapter({ langbridge }), undefined)).toBe(1);
  });
});

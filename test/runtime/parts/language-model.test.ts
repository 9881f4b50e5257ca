import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { LanguageModel } from "../../../src/runtime/parts/language-model.js";
import { loadModel, type LoadModelOptions, type Model } from "../../../src/runtime/parts/load-model.js";
import { stopStrings } from "../../../src/prompt/stop-strings.js";
import { MODELS, relativeError } from "../../helpers/goldens.js";
import { LLMS, readLlmExpected } from "../../helpers/llm-goldens.js";
import { withModel } from "../../helpers/with-model.js";

const cacheFolder = mkdtempSync(join(tmpdir(), "langbridge-runtime-"));
afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }));

async function withLlm<T>(
  name: string,
  options: Omit<LoadModelOptions, "llm" | "cacheFolder">,
  use: (llm: LanguageModel) => Promise<T>,
): Promise<T> {
  return withModel({ llm: join(MODELS, name), cacheFolder, ...options }, (model) => use(model.llm!));
}

describe.each(LLMS)("%s on the CPU", (name) => {
  const expected = readLlmExpected(name);
  const { prompt, greedy } = expected;
  let model: Model;
  let llm: LanguageModel;
  beforeAll(async () => {
    model = await loadModel({ llm: join(MODELS, name), cacheFolder, threads: 1 });
    llm = model.llm!;
  });
  afterAll(() => model.dispose());

  test("prefill gives PyTorch's logits", async () => {
    expect(relativeError(await llm.logits({ embeddings: llm.embed(prompt) }), expected.prefill)).toBeLessThan(1e-4);
  });

  test("a prompt in two parts gives the same logits, for every continuation of the first part", async () => {
    const prefix = await llm.start(llm.embed(prompt.slice(0, 9)));
    for (const again of [1, 2]) {
      const logits = await llm.logits({ prefix, embeddings: llm.embed(prompt.slice(9)) });
      expect([again, relativeError(logits, expected.prefill) < 1e-4]).toEqual([again, true]);
      await llm.generate({ prefix, embeddings: llm.embed([7, 8]), maxTokens: 5 });
    }
  });

  test("sequences side by side behind a prefix give what each gives alone, and so does what follows them", async () => {
    const [before, after] = [prompt.slice(0, 9), prompt.slice(9)];
    await withLlm(name, { branches: true, threads: 1 }, async (branching) => {
      const prefix = await branching.start(branching.embed(before));
      for (const again of [1, 2]) {
        const others = [[7, 8], after, [5]];
        const sequences = others.map((tokens) => branching.embed(tokens));
        const first = await branching.branch({ prefix, sequences });
        expect([again, relativeError(first.logits[1]!, expected.prefill) < 1e-4]).toEqual([again, true]);
        const following = [[9], [greedy[0]!, 6], [9]].map((tokens) => branching.embed(tokens));
        const second = await branching.branch({ prefix, after: first.branches, sequences: following });
        for (const [i, tokens] of [
          [...others[0]!, 9],
          [...after, greedy[0]!, 6],
          [5, 9],
        ].entries()) {
          const alone = await llm.logits({ embeddings: llm.embed([...before, ...tokens]) });
          expect([again, i, relativeError(second.logits[i]!, [...alone]) < 1e-4]).toEqual([again, i, true]);
        }
      }
      // What was run side by side is gone once the prefix is gone on from; an ordinary prompt runs as ever.
      expect(
        relativeError(await branching.logits({ prefix, embeddings: branching.embed(after) }), expected.prefill),
      ).toBeLessThan(1e-4);
    });
  });

  test("greedy decoding gives PyTorch's 32 tokens", async () => {
    const eosAt = greedy.findIndex((token) => llm.info.eosTokens.includes(token));
    const { tokens } = await llm.generate({ embeddings: llm.embed(prompt), maxTokens: 32 });
    expect(tokens).toEqual(eosAt === -1 ? greedy : greedy.slice(0, eosAt));
  });

  test("the 31st step of decoding gives PyTorch's logits", async () => {
    const prefix = await llm.start(llm.embed([...prompt, ...greedy.slice(0, 30)]));
    const logits = await llm.logits({ prefix, embeddings: llm.embed([greedy[30]!]) });
    expect(relativeError(logits, expected.decode)).toBeLessThan(1e-4);
  });

  // The kernel rounds the activations too; with its accuracy level 0, which does not, both differ by less than 1e-6.
  test.each([
    { dtype: "q8", within: 3e-2 },
    { dtype: "q4", within: 5e-2 },
  ] as const)("$dtype gives the logits of the rounded weights", async ({ dtype, within }) => {
    const logits = await withLlm(name, { dtype }, (rounded) => rounded.logits({ embeddings: rounded.embed(prompt) }));
    expect(relativeError(logits, expected[dtype])).toBeLessThan(within);
  });

  test("f16 gives PyTorch's logits to 2e-2", async () => {
    const logits = await withLlm(name, { dtype: "f16" }, (half) => half.logits({ embeddings: half.embed(prompt) }));
    expect(relativeError(logits, expected.prefill)).toBeLessThan(2e-2);
  });
});

describe("generation", () => {
  const { prompt, greedy } = readLlmExpected("mistral-window");

  test("ends at max tokens, at a stop string and at the caller's wish", async () => {
    await withLlm("mistral-window", {}, async (llm) => {
      const embeddings = llm.embed(prompt);
      const decode = (tokens: readonly number[]): string => tokens.map((token) => `<${token}>`).join("");
      const seen: number[] = [];
      expect(await llm.generate({ embeddings, maxTokens: 3, onToken: (token) => seen.push(token) })).toMatchObject({
        tokens: greedy.slice(0, 3),
        finish: "length",
      });
      expect(seen).toEqual(greedy.slice(0, 3));
      const stopWhen = stopStrings([`<${greedy[4]!}>`], decode);
      expect(await llm.generate({ embeddings, maxTokens: 32, stopWhen })).toMatchObject({
        tokens: greedy.slice(0, 5),
        finish: "stop",
      });
    });
  });

  test("a long prompt gives the same in one piece and as a prefix that the cache has to be enlarged after", async () => {
    const ids = Array.from({ length: 300 }, (_, i) => (11 * i) % 90);
    const folder = mkdtempSync(join(tmpdir(), "langbridge-long-"));
    cpSync(join(MODELS, "llama-tied"), folder, { recursive: true });
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as object;
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, max_position_embeddings: 512 }));
    const logits = (split: number): Promise<Float32Array> =>
      withModel({ llm: folder, cacheFolder, threads: 1 }, async ({ llm }) => {
        const prefix = split === 0 ? undefined : await llm!.start(llm!.embed(ids.slice(0, split)));
        return llm!.logits({ prefix, embeddings: llm!.embed(ids.slice(split)) });
      });
    const whole = [...(await logits(0))];
    for (const split of [250, 256, 299]) expect(relativeError(await logits(split), whole)).toBeLessThan(1e-5);
    rmSync(folder, { recursive: true });
  });

  test("an answer is gone on from, and cut within, as if all had been one prompt", async () => {
    await withLlm("mistral-window", { keptCaches: 2 }, async (llm) => {
      const whole = (ids: readonly number[]) => llm.generate({ embeddings: llm.embed(ids), maxTokens: 4 });
      const first = await llm.generate({ embeddings: llm.embed(prompt), maxTokens: 3 });
      expect(first.state.length).toBe(prompt.length + 2);
      const next = await llm.generate({ prefix: first.state, embeddings: llm.embed([greedy[2]!, 7]), maxTokens: 4 });
      expect(next.tokens).toEqual((await whole([...prompt, ...greedy.slice(0, 3), 7])).tokens);
      expect(llm.holds(first.state)).toBe(false);
      const cut = llm.cut(next.state, prompt.length + 1)!;
      const other = await llm.generate({ prefix: cut, embeddings: llm.embed([9]), maxTokens: 4 });
      expect(other.tokens).toEqual((await whole([...prompt, greedy[0]!, 9])).tokens);
    });
  });

  test("as many prefixes as there are caches are held at once, the one used least recently is ended first", async () => {
    await withLlm("mistral-window", { keptCaches: 2 }, async (llm) => {
      const start = (ids: readonly number[]) => llm.start(llm.embed(ids));
      const [a, b] = [await start([1, 2, 3]), await start([4, 5])];
      const ask = async (prefix: typeof a) =>
        (await llm.generate({ prefix, embeddings: llm.embed([8]), maxTokens: 3 })).tokens;
      const [fromB, fromA] = [await ask(b), await ask(a)];
      expect(await ask(b)).toEqual(fromB);
      expect(await ask(a)).toEqual(fromA);
      const longer = await llm.start(llm.embed([6]), { after: a });
      expect(longer.length).toBe(4);
      await start([9, 9]);
      expect([llm.holds(a), llm.holds(longer), llm.holds(b)]).toEqual([true, true, false]);
      await expect(ask(b)).rejects.toThrow(/the prefix was ended by a later start or prompt/);
    });
  });

  test("draws are those of the seed, and at temperature 0 the greedy answer", async () => {
    await withLlm("mistral-window", {}, async (llm) => {
      const embeddings = llm.embed(prompt);
      const say = async (temperature: number, seed?: number, topP?: number) =>
        (await llm.generate({ embeddings, maxTokens: 12, sampling: { temperature, seed, topP } })).tokens;
      expect(await say(0)).toEqual(greedy.slice(0, 12));
      expect(await say(2, 1)).toEqual(await say(2, 1));
      expect(await say(2, 1)).not.toEqual(await say(2, 2));
      expect(await say(2, 1, 1e-6)).toEqual(greedy.slice(0, 12));
      await expect(say(-1)).rejects.toThrow(/temperature is -1/);
    });
  });

  test("a prefix ends when another prompt is run", async () => {
    await withLlm("mistral-window", {}, async (llm) => {
      const prefix = await llm.start(llm.embed([1, 2, 3]));
      await llm.generate({ embeddings: llm.embed([4]), maxTokens: 1 });
      await expect(llm.generate({ prefix, embeddings: llm.embed([4]), maxTokens: 1 })).rejects.toThrow(
        "the prefix was ended by a later start or prompt",
      );
    });
  });

  test("a prefix ends when another start begins, though that one is aborted", async () => {
    await withLlm("mistral-window", {}, async (llm) => {
      const prefix = await llm.start(llm.embed([1, 2, 3]));
      const controller = new AbortController();
      const other = llm.start(llm.embed([4, 5, 6]), { signal: controller.signal });
      // Once every promise that is ready has gone on, the worker has been asked.
      process.nextTick(() => controller.abort());
      await expect(other).rejects.toMatchObject({ name: "InterruptedError" });
      await expect(llm.logits({ prefix, embeddings: llm.embed([7]) })).rejects.toThrow(
        "the prefix was ended by a later start or prompt",
      );
    });
  });

  test("refuses a prompt and an answer that the context cannot hold, before running", async () => {
    await withLlm("mistral-window", { contextLength: 20 }, async (llm) => {
      await expect(llm.generate({ embeddings: llm.embed(prompt), maxTokens: 7 })).rejects.toThrow(
        "the prompt is 14 tokens and the answer up to 7, the context holds 20; shorten the prompt or ask for a longer context",
      );
    });
    await expect(withLlm("mistral-window", { contextLength: 129 }, () => Promise.resolve())).rejects.toThrow(
      /mistral-window: a context of 129 tokens was asked for, the LLM reaches 128$/,
    );
  });

  test.each([0, -1, 1.5, NaN])("refuses to generate at most %d tokens", async (maxTokens) => {
    await withLlm("mistral-window", {}, async (llm) => {
      await expect(llm.generate({ embeddings: llm.embed(prompt), maxTokens })).rejects.toThrow(
        `maxTokens is ${maxTokens}, expected a whole number of at least 1`,
      );
    });
  });

  test("an abort rejects at once and the model answers again afterwards", async () => {
    await withLlm("mistral-window", {}, async (llm) => {
      const controller = new AbortController();
      const answer = llm.generate({
        embeddings: llm.embed(prompt),
        maxTokens: 100,
        signal: controller.signal,
        onToken: () => controller.abort(),
      });
      await expect(answer).rejects.toMatchObject({ name: "InterruptedError" });
      expect((await llm.generate({ embeddings: llm.embed(prompt), maxTokens: 2 })).tokens).toEqual(greedy.slice(0, 2));
    });
  });

  test("calls made at once answer as calls one after another", async () => {
    await withLlm("mistral-window", {}, async (llm) => {
      const [first, second] = [prompt, [...prompt].reverse()].map((ids) => llm.embed(ids)) as [
        Float32Array,
        Float32Array,
      ];
      const ask = [
        () => llm.generate({ embeddings: first, maxTokens: 8 }),
        () => llm.logits({ embeddings: second }),
        () => llm.generate({ embeddings: second, maxTokens: 8 }),
      ];
      const alone: unknown[] = [];
      for (const each of ask) alone.push(await each());
      expect(await Promise.all(ask.map((each) => each()))).toEqual(alone);
    });
  });

  test("a call that waits rejects when its signal fires, and the one before it goes on", async () => {
    await withLlm("mistral-window", {}, async (llm) => {
      const controller = new AbortController();
      const embeddings = llm.embed(prompt);
      const running = llm.generate({ embeddings, maxTokens: 8, onToken: () => controller.abort() });
      await expect(llm.start(embeddings, { signal: controller.signal })).rejects.toMatchObject({
        name: "InterruptedError",
      });
      expect((await running).tokens).toEqual(greedy.slice(0, 8));
    });
  });

  test("names a token beyond the vocabulary and embeddings of another width", async () => {
    await withLlm("mistral-window", {}, async (llm) => {
      expect(() => llm.embed([96])).toThrow(/has embeddings of 96 tokens, but token 96 was asked for/);
      await expect(llm.start(new Float32Array(65))).rejects.toThrow(
        "embeddings hold 65 numbers, expected a positive multiple of the LLM's hidden size 64",
      );
    });
  });

  test("weights rounded to blocks are kept in the cache folder and used again", () => {
    const names = readdirSync(cacheFolder);
    expect(names.filter((name) => /^q8-1-[0-9a-f]{32}\.safetensors$/.test(name))).toHaveLength(LLMS.length);
    expect(names.filter((name) => name.startsWith("q4-2-"))).toHaveLength(LLMS.length);
  });
});

import { SQUARE } from "../../src/image/image-scheme.js";
import { describe, expect, test } from "@jest/globals";
import { ChatModel, type ModelParts } from "../../src/vlm/chat-model.js";
import { modelAnswerer } from "../../src/vlm/model-answerer.js";
import type { Prompt } from "../../src/prompt/prompt.js";
import type { Encoder } from "../../src/tokenizer/encoder.js";

/** The id that ends an answer, and the one that the tokenizer puts in front. */
const END = 2;
const FRONT = 1;
const HIDDEN = 2;
const PATCHES = 3;

/** One token per character, by its code. */
const encoder = {
  front: [FRONT],
  encode: (text: string) => [...text].map((character) => character.charCodeAt(0)),
  decode: (ids: Iterable<number>) => String.fromCharCode(...[...ids].filter((id) => id > END)),
  vocabulary: { idOfString: new Map([["</s>", END]]), kinds: [undefined, "special", "special"] },
} as unknown as Encoder;

const write = ([message]: readonly { readonly text: string }[]): Prompt => ({
  text: `U:${message!.text}\nA:`,
  front: "once",
  stop: ["</s>", "###"],
});

interface Call {
  readonly prefix: string | undefined;
  readonly suffix: string;
  readonly maxTokens?: number;
  readonly choices?: readonly string[];
}

/** A model that embeds an id as (id, 0), sees every image as threes, and says `reply`. */
function fakeModel(reply: string, contextLength = 1000) {
  const starts: number[][] = [];
  const calls: Call[] = [];
  const idsOf = (embeddings: Float32Array): number[] => [...embeddings].filter((_, at) => at % HIDDEN === 0);
  const parts: ModelParts<string> = {
    llm: {
      info: { hiddenSize: HIDDEN, contextLength },
      embed: (ids) => Float32Array.from(ids.flatMap((id) => [id, 0])),
      start: (embeddings) => Promise.resolve(`prefix ${starts.push(idsOf(embeddings))}`),
      // One cache: what was started last, and no answer.
      holds: (state) => state === `prefix ${starts.length}`,
      cut: () => undefined,
      generate: async ({ prefix, embeddings, maxTokens, stopWhen, onToken }) => {
        if (prefix !== undefined && prefix !== `prefix ${starts.length}`) throw new Error(`${prefix} was ended`);
        // As a model that runs in a thread: others may call before it has ended.
        await new Promise(setImmediate);
        calls.push({ prefix, suffix: String.fromCharCode(...idsOf(embeddings)), maxTokens });
        const tokens: number[] = [];
        for (const id of [...encoder.encode(reply), END].slice(0, maxTokens)) {
          tokens.push(id);
          onToken?.(id);
          if (stopWhen?.(tokens)) break;
        }
        return { tokens, finish: "stop", state: "answer" };
      },
      logprobs: ({ prefix, embeddings, continuations }) => {
        const choices = continuations.map((ids) => String.fromCharCode(...ids));
        calls.push({ prefix, suffix: String.fromCharCode(...idsOf(embeddings)), choices });
        return Promise.resolve(continuations.map((ids) => ids.map((id) => -id)));
      },
    },
    vision: { info: { imageSize: 4, patches: 1 }, features: (pixels) => Promise.resolve(pixels) },
    adapter: { project: () => Promise.resolve({ embeddings: new Float32Array(PATCHES * HIDDEN).fill(3) }) },
    encoder,
    promptFormat: { name: "test", write },
    imageProcessor: {
      resize: { height: 4, width: 4 },
      filter: "bicubic",
      crop: undefined,
      rescaleFactor: 1,
      mean: [0, 0, 0],
      std: undefined,
    },
    imageScheme: SQUARE,
    imageMarking: "plain",
  };
  return { answerer: modelAnswerer(new ChatModel(parts), { name: "fake", identity: { llm: "hash" } }), starts, calls };
}

describe("modelAnswerer", () => {
  test("runs what stands before the question once per image, and each question on it", async () => {
    const { answerer, starts, calls } = fakeModel("yes");
    const context = await answerer.open(await answerer.blank());
    const first = await context.answer("a?", { maxNewTokens: 9 });
    await context.answer("b?", { maxNewTokens: 9 });
    expect(starts).toEqual([[FRONT, ..."U:".split("").map((c) => c.charCodeAt(0)), 3, 3, 3]]);
    expect(calls).toEqual([
      { prefix: "prefix 1", suffix: "\na?\nA:", maxTokens: 9 },
      { prefix: "prefix 1", suffix: "\nb?\nA:", maxTokens: 9 },
    ]);
    expect(first).toMatchObject({ text: "yes", tokens: 4 });
    expect(answerer.promptOf("a?", { image: true })).toBe("U:<image>\na?\nA:");
    expect(answerer.promptOf("a?", { image: false })).toBe("U:a?\nA:");
    await (await answerer.open(await answerer.blank())).answer("a?", { maxNewTokens: 9 });
    expect(starts).toHaveLength(2);
  });

  test("an earlier image is asked again after another one, and its prefix is run anew", async () => {
    const { answerer, starts, calls } = fakeModel("yes");
    const [first, second] = [await answerer.open(await answerer.blank()), await answerer.open(await answerer.blank())];
    for (const context of [first, second, second, first]) await context.answer("a?", { maxNewTokens: 9 });
    expect(starts).toHaveLength(3);
    expect(calls.map(({ prefix }) => prefix)).toEqual(["prefix 1", "prefix 2", "prefix 2", "prefix 3"]);
  });

  test("images asked at once are answered one after another", async () => {
    const { answerer, calls } = fakeModel("yes");
    const contexts = [await answerer.open(await answerer.blank()), await answerer.open(await answerer.blank())];
    const given = await Promise.all(contexts.map((context) => context.answer("a?", { maxNewTokens: 9 })));
    expect(given.map(({ text }) => text)).toEqual(["yes", "yes"]);
    expect(calls.map(({ prefix }) => prefix)).toEqual(["prefix 1", "prefix 2"]);
  });

  test("a question without an image is one prompt", async () => {
    const { answerer, starts, calls } = fakeModel("B");
    await (await answerer.open(null)).answer("Which?", { maxNewTokens: 9 });
    expect(starts).toEqual([]);
    expect(calls).toEqual([{ prefix: undefined, suffix: "\u0001U:Which?\nA:", maxTokens: 9 }]);
  });

  test("a stop text ends the answer and is no part of it", async () => {
    const { answerer } = fakeModel(" a cat ### U: next");
    const { text, tokens } = await (await answerer.open(null)).answer("?", { maxNewTokens: 90 });
    expect(text).toBe("a cat");
    expect(tokens).toBe(" a cat ###".length);
  });

  test("the answer is as long as asked, or as the context allows", async () => {
    const { answerer, calls } = fakeModel("yes", 16);
    const context = await answerer.open(await answerer.blank());
    await context.answer("a?", { maxNewTokens: 100 });
    // One token in front, "U:", three patches, and six characters after the image.
    expect(calls[0]!.maxTokens).toBe(16 - 1 - 2 - PATCHES - 6);
  });

  test("a question may mark the place of its image, once and where it has one", async () => {
    const { answerer, starts, calls } = fakeModel("yes");
    const context = await answerer.open(await answerer.blank());
    await context.answer("in <image>?", { maxNewTokens: 9 });
    expect(starts).toEqual([[FRONT, ...[..."U:in "].map((c) => c.charCodeAt(0)), 3, 3, 3]]);
    expect(calls).toEqual([{ prefix: "prefix 1", suffix: "?\nA:", maxTokens: 9 }]);
    expect(answerer.promptOf("in <image>?", { image: true })).toBe("U:in <image>?\nA:");
    await expect(context.answer("<image> or <image>?", { maxNewTokens: 9 })).rejects.toThrow(
      /marks 2 places of images \("<image>"\) and has 1: <image> or/,
    );
    await expect((await answerer.open(null)).answer("in <image>?", { maxNewTokens: 9 })).rejects.toThrow(
      /marks 1 places of images \("<image>"\) and has 0/,
    );
  });

  test("choices are scored behind the prompt, on the image's prefix, beside the answer or without one", async () => {
    const { answerer, starts, calls } = fakeModel("yes");
    const context = await answerer.open(await answerer.blank());
    const both = await context.answer("a?", { maxNewTokens: 9, choices: ["on", "off"] });
    const alone = await context.answer("a?", { maxNewTokens: 0, choices: ["on"] });
    expect(starts).toHaveLength(1);
    const prompt = { prefix: "prefix 1", suffix: "\na?\nA:" };
    expect(calls).toEqual([
      { ...prompt, choices: [" on", " off"] },
      { ...prompt, maxTokens: 9 },
      { ...prompt, choices: [" on"] },
    ]);
    const codes = (text: string): number[] => [...text].map((character) => -character.charCodeAt(0));
    expect(both).toMatchObject({ text: "yes", choiceLogprobs: [codes(" on"), codes(" off")] });
    expect(alone).toMatchObject({ text: "", tokens: 0, choiceLogprobs: [codes(" on")] });
    expect((await context.answer("a?", { maxNewTokens: 9 })).choiceLogprobs).toBeUndefined();
  });

  test("its identity names prompt format and preprocessing", () => {
    expect(fakeModel("yes").answerer.identity).toMatchObject({
      llm: "hash",
      "prompt format": "test",
      preprocessing: expect.stringContaining('"imageAspectRatio": "square"') as unknown,
    });
  });

  test("a blind run looks at zeros", async () => {
    const { views } = await fakeModel("yes").answerer.blank();
    expect(views).toEqual([{ height: 4, width: 4, data: new Float32Array(3 * 4 * 4) }]);
  });
});

import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadEncoder, type Encoder } from "../../src/tokenizer/encoder.js";
import { describeWithSharedData } from "../helpers/shared-data.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { byteLevelTokenizer, sentencePieceTokenizer, writeFiles } from "../helpers/tokenizer-files.js";
import { encoderOf, readGoldens } from "../prompt/prompt-goldens.js";

interface EncodingGolden {
  readonly tokenizer: string;
  readonly front: readonly number[];
  readonly cases: readonly (readonly [text: string, ids: readonly number[], decoded: string])[];
}

const goldens = readGoldens<readonly EncodingGolden[]>("encodings.json");

describeWithSharedData("loadEncoder", () => {
  test.each(goldens.map((golden) => [golden.tokenizer, golden] as const))(
    "%s encodes and decodes as the Rust library does",
    async (tokenizer, { front, cases }) => {
      const encoder = await encoderOf(tokenizer);
      expect(encoder.front).toEqual(front);
      expect(cases.map(([text]) => [text, encoder.encode(text)])).toEqual(cases.map(([text, ids]) => [text, ids]));
      expect(cases.map(([, ids]) => encoder.decode(ids))).toEqual(cases.map(([, , decoded]) => decoded));
    },
  );
});

const root = temporaryFolder();
let made = 0;
const load = (files: Readonly<Record<string, unknown>>): Promise<Encoder> =>
  loadEncoder(writeFiles(join(root, String(made++)), files));

/** Ids and texts of this part are those of transformers 5.18's AutoTokenizer on the same files. */
describe("added tokens beside tokenizer.json", () => {
  test("those that only added_tokens_decoder lists are found in a text, and skipped when they are special", async () => {
    const encoder = await load({
      "tokenizer.json": byteLevelTokenizer(),
      "tokenizer_config.json": {
        added_tokens_decoder: {
          256: { content: "<|turn|>", special: true },
          257: { content: "<plain>", special: false },
        },
      },
    });
    expect(encoder.encode("<|turn|>h<plain> y")).toEqual([256, 104 - 33 + 0x21, 257, 0x20, 0x79]);
    expect(encoder.decode([256, 257, 0x79])).toBe("<plain>y");
  });

  test("the flags of added_tokens_decoder count", async () => {
    const tokenizer = byteLevelTokenizer({ added: [{ content: "<|end|>", special: false }] });
    const config = { added_tokens_decoder: { 256: { content: "<|end|>", special: true } } };
    const plain = await load({ "tokenizer.json": tokenizer });
    const flagged = await load({ "tokenizer.json": tokenizer, "tokenizer_config.json": config });
    expect([plain, flagged].map((encoder) => encoder.decode([0x68, 0x69, 256]))).toEqual(["hi<|end|>", "hi"]);
  });

  test("added_tokens.json and special_tokens_map.json count where tokenizer_config.json lists none", async () => {
    const encoder = await load({
      "tokenizer.json": byteLevelTokenizer({ tokens: ["<s>"] }),
      "added_tokens.json": { "<extra>": 257, "<mark>": 258 },
      "special_tokens_map.json": { bos_token: "<s>", additional_special_tokens: ["<mark>"] },
    });
    expect(encoder.encode("<s>a<extra><mark>")).toEqual([256, 0x61, 257, 258]);
    expect(encoder.decode([256, 0x61, 257, 258])).toBe("a<extra>");
  });

  test("an id that the model has another token under is not taken", async () => {
    const encoder = await load({
      "tokenizer.json": byteLevelTokenizer({ tokens: ["Ġthe"], merges: [], added: [{ content: "~x", id: 256 }] }),
    });
    expect([encoder.encode("~x"), encoder.vocabulary.idOfString.get("Ġthe")]).toEqual([[257], 256]);
    expect(encoder.vocabulary.notes).toEqual(['"~x" has id 257; its file says 256, as no reader counts']);
  });
});

test("a counter of many texts, short and long, counts what encode gives", async () => {
  const encoder = await load({
    "tokenizer.json": byteLevelTokenizer({ tokens: ["Ġthe"], merges: [], added: [{ content: "<x>", special: true }] }),
  });
  // More characters than are counted under one deadline, and one text that is longer by itself.
  const texts = [
    ...Array.from({ length: 400 }, (_, i) => `the ${i}<x> the`.repeat(10)),
    "",
    "long ".repeat(10_200),
    "end",
  ];
  const expected = new Map<number, number>();
  for (const text of texts) for (const id of encoder.encode(text)) expected.set(id, (expected.get(id) ?? 0) + 1);
  const counter = encoder.counter();
  counter.add(texts.slice(0, 10));
  counter.add(texts.slice(10));
  const counted = [...counter.counts()].flatMap((times, id) => (times === 0 ? [] : [[id, times] as const]));
  expect(new Map(counted)).toEqual(expected);
});

describe("patterns without end", () => {
  const withPattern = (pattern: string): object => ({
    ...byteLevelTokenizer(),
    pre_tokenizer: { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
  });

  test.each(["(a+)+$", "(.*)*x{5}$", "(\\w+\\s?)+:$", "(\\w|\\w\\w|\\s)+Z"])("%s ends in one line", async (pattern) => {
    const encoder = await load({ "tokenizer.json": withPattern(pattern) });
    const text = `What is the colour of the object at the ${"a".repeat(60)} b`;
    expect(() => encoder.counter().add([text])).toThrow(/a text took the tokenizer more than 1\.5 s/);
    expect(() => encoder.encode(text)).toThrow(
      /tokenizer\.json: a text took the tokenizer more than 1\.5 s; a pattern in it may backtrack without end/,
    );
  });

  test("in a normalizer too", async () => {
    const normalizer = { type: "Replace", pattern: { Regex: "(\\w+\\s?)+:$" }, content: "" };
    const encoder = await load({ "tokenizer.json": { ...sentencePieceTokenizer({ tokens: ["a"] }), normalizer } });
    expect(() => encoder.encode("a word after a word ".repeat(10))).toThrow(/more than 1\.5 s/);
  });
});

describe("a tokenizer that cannot encode", () => {
  test("is an input error that names the file", async () => {
    const model = { type: "BPE", vocab: { a: 0 }, merges: [] };
    const tokenizer = { added_tokens: [], model, normalizer: { type: "Unheard" } };
    await expect(load({ "tokenizer.json": tokenizer })).rejects.toThrow(
      /tokenizer\.json: "normalizer": a component of type "Unheard" cannot be used/,
    );
  });
});

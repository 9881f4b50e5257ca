import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import type { Metadata, MetadataValue } from "../../../src/checkpoint/gguf/metadata.js";
import { madeFiles } from "../../../src/files/model-files.js";
import { generationConfig, tokenizerConfig, tokenizerFile } from "../../../src/model/gguf/tokenizer-file.js";
import type { GgufKeys } from "../../../src/model/gguf/keys.js";
import { loadChatTemplate } from "../../../src/prompt/chat-template.js";
import { loadEncoder } from "../../../src/tokenizer/encoder.js";
import { GGUF } from "../../helpers/gguf-goldens.js";
import { WORLD } from "../../helpers/small-world.js";

const TEXTS = [
  "",
  " ",
  "a  b   c\n\n\nd \t e",
  "What colour is the small square? One word: it's 12345 red, I'LL say 1,000.",
  "<s> [INST] <|begin_of_text|>x<|im_start|>user\nHi<|im_end|>\n</s>",
  "Où est la façade ? café cafe\u0301 ½ Ⅳ 東京 한국어 🏳️\u200d🌈 \u0000\u0085\ufeff",
  "▁▁a ▁ Ġa <0x0A> [PAD3]",
];

async function keysOf(name: string): Promise<GgufKeys> {
  const path = join(GGUF, `vocabulary-${name}.gguf`);
  return { path, metadata: (await openCheckpoint(path)).files.get(path)!.gguf!.metadata };
}

const filesOf = (keys: GgufKeys) => {
  const file = (json: (keys: GgufKeys) => object | Promise<object>) => ({ json: () => json(keys), sha256: () => "" });
  const made = { "tokenizer.json": tokenizerFile, "tokenizer_config.json": tokenizerConfig };
  return madeFiles(keys.path, new Map(Object.entries(made).map(([name, json]) => [name, file(json)])));
};

describe.each(["llama2", "llama3", "qwen2"])("the tokenizer of %s as a GGUF file", (name) => {
  test("gives the ids of the folder, and puts the same in front", async () => {
    const [file, folder] = [await loadEncoder(filesOf(await keysOf(name))), await loadEncoder(join(WORLD, name))];
    expect(file.front).toEqual(folder.front);
    for (const text of TEXTS) expect([text, file.encode(text)]).toEqual([text, folder.encode(text)]);
    const ids = TEXTS.flatMap((text) => folder.encode(text));
    expect(file.decode(ids)).toBe(folder.decode(ids));
  });

  test("means the same by every id, and has no tokens in its padding", async () => {
    const [file, folder] = [await loadEncoder(filesOf(await keysOf(name))), await loadEncoder(join(WORLD, name))];
    const { strings, kinds, byteStrings, rolesOfId, size } = folder.vocabulary;
    expect(file.vocabulary).toMatchObject({ strings, kinds, byteStrings, size });
    expect([...file.vocabulary.rolesOfId]).toEqual([...rolesOfId]);
  });

  test("has the chat template", async () => {
    const [file, folder] = [
      await loadChatTemplate(filesOf(await keysOf(name))),
      await loadChatTemplate(join(WORLD, name)),
    ];
    expect(file?.source).toEqual(folder?.source);
  });
});

describe("keys that are no tokenizer", () => {
  const vocabulary: Readonly<Record<string, MetadataValue>> = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "qwen2",
    "tokenizer.ggml.tokens": () => ["a", "b", "<|im_end|>"],
    "tokenizer.ggml.token_type": [1, 1, 3],
    "tokenizer.ggml.merges": () => [],
  };
  const keys = (changes: Readonly<Record<string, MetadataValue | undefined>>): GgufKeys => {
    const entries = Object.entries({ ...vocabulary, ...changes }).filter((entry) => entry[1] !== undefined);
    return { path: "x.gguf", metadata: new Map(entries) as Metadata };
  };

  test.each([
    [{ "tokenizer.ggml.model": "bert" }, 'x.gguf: its tokenizer is of kind "bert", gpt2 and llama can be read'],
    [{ "tokenizer.ggml.model": "constructor" }, 'x.gguf: its tokenizer is of kind "constructor"'],
    [{ "tokenizer.ggml.model": undefined }, 'x.gguf: has no key "tokenizer.ggml.model"'],
    [{ "tokenizer.ggml.model": 3 }, 'x.gguf: "tokenizer.ggml.model" is not a text'],
    [
      { "tokenizer.ggml.pre": "deepseek-coder" },
      'tokenizer.ggml.pre is "deepseek-coder", so how it splits text is not known',
    ],
    [{ "tokenizer.ggml.pre": undefined }, "tokenizer.ggml.pre is missing"],
    [{ "tokenizer.ggml.merges": undefined }, 'has no key "tokenizer.ggml.merges"'],
    [{ "tokenizer.ggml.tokens": [1, 2] }, '"tokenizer.ggml.tokens" is not a list of texts'],
    [{ "tokenizer.ggml.tokens": () => ["a".repeat(9000)] }, "token 0 is 9000 long, at most 8192"],
    [{ "tokenizer.ggml.token_type": [1] }, "has 3 tokens, but types of 1"],
    [
      { "tokenizer.ggml.add_bos_token": true, "tokenizer.ggml.bos_token_id": 7 },
      "tokenizer.ggml.bos_token_id is 7, but it has 3 tokens",
    ],
    [{ "tokenizer.ggml.add_bos_token": 1 }, '"tokenizer.ggml.add_bos_token" is not true or false'],
    [{ "tokenizer.ggml.model": "llama" }, "has 3 tokens, but scores of 0"],
  ])("%j", async (changes, message) => {
    await expect(tokenizerFile(keys(changes as never))).rejects.toThrow(message);
  });

  test("a token of the name __proto__ is one like any other", async () => {
    const { model } = (await tokenizerFile(keys({ "tokenizer.ggml.tokens": () => ["__proto__", "b", "c"] }))) as {
      model: { vocab: Record<string, number> };
    };
    expect(Object.entries(model.vocab)).toEqual([
      ["__proto__", 0],
      ["b", 1],
    ]);
  });

  test("a role without an id has no token, not the one of the tokenizer's class", () => {
    expect(tokenizerConfig(keys({ "tokenizer.ggml.eos_token_id": 1 }))).toMatchObject({
      bos_token: null,
      unk_token: null,
    });
  });

  test("every token that ends an answer is known by its name too", () => {
    expect(generationConfig(keys({ "tokenizer.ggml.eos_token_id": 1 }))).toEqual({ eos_token_id: [1, 2] });
    expect(generationConfig(keys({ "tokenizer.ggml.token_type": [1, 1, 1] }))).toEqual({});
  });
});

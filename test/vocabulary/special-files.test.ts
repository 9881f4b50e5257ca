import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { modelFiles } from "../../src/files/model-files.js";
import { readSpecialTokens } from "../../src/vocabulary/special-files.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { byteLevelTokenizer, sentencePieceTokenizer, writeFiles } from "../helpers/tokenizer-files.js";

const root = temporaryFolder();
let made = 0;
const named = async (files: Readonly<Record<string, unknown>>) =>
  (await readSpecialTokens(modelFiles(writeFiles(join(root, String(made++)), files)))).named;

const LLAMA = { bos: "<s>", eos: "</s>", unk: "<unk>" };
const EMPTY = "tokenizer_config.json";

/** What transformers 5.24's AutoTokenizer has as special tokens for the same files. */
describe("special tokens that the files leave out", () => {
  test.each<[string, Readonly<Record<string, unknown>>, object]>([
    ["are those of the tokenizer's class", { [EMPTY]: { tokenizer_class: "LlamaTokenizer" } }, LLAMA],
    ["whatever its name ends in", { [EMPTY]: { tokenizer_class: "LlamaTokenizerFast" } }, LLAMA],
    ["not of a class without any", { [EMPTY]: { tokenizer_class: "PreTrainedTokenizerFast" } }, {}],
    [
      "not those that are called null",
      { [EMPTY]: { tokenizer_class: "LlamaTokenizer", bos_token: null } },
      { eos: "</s>", unk: "<unk>" },
    ],
    [
      "are those of special_tokens_map.json first",
      { [EMPTY]: { tokenizer_class: "LlamaTokenizer" }, "special_tokens_map.json": { bos_token: { content: "<b>" } } },
      { ...LLAMA, bos: "<b>" },
    ],
    [
      "not of a map beside added_tokens_decoder",
      { [EMPTY]: { added_tokens_decoder: {} }, "special_tokens_map.json": { bos_token: "<b>" } },
      {},
    ],
    [
      "are those of the model's class where none is named",
      { "config.json": { model_type: "gemma2" } },
      { bos: "<bos>", eos: "<eos>" },
    ],
    [
      "not of a model type that has none",
      { [EMPTY]: { tokenizer_class: "LlamaTokenizer" }, "config.json": { model_type: "mistral" } },
      {},
    ],
    [
      "are those of the model's class where the named one is known to be wrong",
      { [EMPTY]: { tokenizer_class: "LlamaTokenizer" }, "config.json": { model_type: "qwen2" } },
      { eos: "<|endoftext|>" },
    ],
    [
      "not Llama 2's where tokenizer.json is byte-level",
      { [EMPTY]: { tokenizer_class: "LlamaTokenizer" }, "tokenizer.json": byteLevelTokenizer() },
      {},
    ],
    [
      "but where it is not",
      { [EMPTY]: { tokenizer_class: "LlamaTokenizer" }, "tokenizer.json": sentencePieceTokenizer() },
      LLAMA,
    ],
  ])("%s", async (_, files, tokens) => {
    const found = await named(files);
    expect(found).toMatchObject(tokens);
    expect("bos" in found).toBe("bos" in tokens);
  });
});

test.each([
  [
    { pad_token_id: -1, bos_token_id: 1, eos_token_id: [-1, 2, 3] },
    { bos: 1, eos: 2 },
  ],
  [{ pad_token_id: 0, bos_token_id: null, eos_token_id: [] }, { pad: 0 }],
  [{ eos_token_id: -1 }, {}],
])("generation_config.json %j gives %j, for a negative id is that of no token", async (generation, numbered) => {
  const folder = writeFiles(join(root, String(made++)), { "generation_config.json": generation });
  expect((await readSpecialTokens(modelFiles(folder))).numbered).toEqual(numbered);
});

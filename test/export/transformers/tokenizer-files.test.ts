import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { modelFiles } from "../../../src/files/model-files.js";
import { writeTokenizerFiles } from "../../../src/export/transformers/tokenizer-files.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { byteLevelTokenizer, writeFiles } from "../../helpers/tokenizer-files.js";

const root = temporaryFolder();
const tokenizer = byteLevelTokenizer({ added: [{ content: "<eos>" }] });
let folders = 0;

/** The files that are made of `files` beside tokenizer.json, by name. */
async function written(files: Readonly<Record<string, unknown>>, isNew: boolean): Promise<Record<string, string>> {
  const [from, to] = [join(root, `from-${folders}`), join(root, `to-${folders++}`)];
  writeFiles(from, { "tokenizer.json": tokenizer, ...files });
  mkdirSync(to);
  const imageToken = { token: "<image>", id: 257, isNew, row: "spare" } as const;
  await writeTokenizerFiles({ from: modelFiles(from), to, json: tokenizer, imageToken, template: "TEMPLATE" });
  return Object.fromEntries(readdirSync(to).map((name) => [name, readFileSync(join(to, name), "utf8")]));
}

const added = {
  content: "<image>",
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
};

test("every file that lists tokens is told of a new one", async () => {
  const decoder = { 256: { content: "<eos>", special: true } };
  const files = await written(
    { "tokenizer_config.json": { added_tokens_decoder: decoder }, "added_tokens.json": { "<eos>": 256 } },
    true,
  );
  expect(JSON.parse(files["tokenizer.json"]!)).toEqual({
    ...tokenizer,
    added_tokens: [
      { id: 256, content: "<eos>", special: true },
      { id: 257, ...added },
    ],
  });
  expect(JSON.parse(files["added_tokens.json"]!)).toEqual({ "<eos>": 256, "<image>": 257 });
  expect(JSON.parse(files["tokenizer_config.json"]!)).toMatchObject({
    added_tokens_decoder: { ...decoder, 257: added },
  });
});

test("with a token of its own, files are copied as they are", async () => {
  const names = ["added_tokens.json", "special_tokens_map.json", "tokenizer.model", "vocab.json", "merges.txt"];
  const files = await written(Object.fromEntries(names.map((name) => [name, `${name} 1.0`])), false);
  for (const name of names) expect(files[name]).toBe(`${name} 1.0`);
  expect(files["tokenizer.json"]).toBe(JSON.stringify(tokenizer));
});

test("tokenizer_config.json names class and inputs where the LLM's does not, and the template replaces the LLM's", async () => {
  const bare = JSON.parse((await written({}, true))["tokenizer_config.json"]!) as object;
  expect(bare).toEqual({
    tokenizer_class: "PreTrainedTokenizerFast",
    model_input_names: ["input_ids", "attention_mask"],
    ...{ image_token: "<image>", processor_class: "LlavaProcessor", chat_template: "TEMPLATE" },
  });
  const own = { tokenizer_class: "LlamaTokenizer", model_input_names: ["input_ids"], chat_template: "OWN" };
  const files = await written({ "tokenizer_config.json": own }, true);
  expect(JSON.parse(files["tokenizer_config.json"]!)).toMatchObject({ ...own, chat_template: "TEMPLATE" });
  expect(files["chat_template.jinja"]).toBe("TEMPLATE");
});

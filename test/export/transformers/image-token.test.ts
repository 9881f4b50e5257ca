import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { chooseImageToken } from "../../../src/export/transformers/image-token.js";
import { readTokenizerParts } from "../../../src/vocabulary/read-tokenizer.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { byteLevelTokenizer, writeFiles } from "../../helpers/tokenizer-files.js";

const root = temporaryFolder();
let folders = 0;

type Options = Parameters<typeof byteLevelTokenizer>[0];

async function chosen(tokenizer: Options, rows: number, files: Readonly<Record<string, unknown>> = {}) {
  const folder = join(root, String(folders++));
  writeFiles(folder, { "tokenizer.json": byteLevelTokenizer(tokenizer), ...files });
  return chooseImageToken({ ...(await readTokenizerParts(folder)), rows });
}

const eos = { content: "<eos>" };

test("a token of the tokenizer is taken, and told to tokenizer.json where only the model knows it", async () => {
  const own = { token: "<image>", row: "own" };
  const added = { added: [eos, { content: "<image>" }] };
  expect(await chosen(added, 258)).toEqual({ ...own, id: 257, isNew: false });
  expect(await chosen({ tokens: ["<image>"], added: [eos] }, 300)).toEqual({ ...own, id: 256, isNew: true });
});

test("else it follows the last id, on a row without a token or on a new one", async () => {
  const next = { token: "<image>", id: 257, isNew: true };
  expect(await chosen({ added: [eos] }, 320)).toEqual({ ...next, row: "spare" });
  expect(await chosen({ added: [eos] }, 257)).toEqual({ ...next, row: "added" });
});

test("a table with fewer rows than tokens, and ids that transformers would number otherwise, are refused", async () => {
  await expect(chosen({ added: [eos] }, 256)).rejects.toThrow(
    /the tokenizer has 257 ids, the embedding table 256 rows; they are of different models$/,
  );
  // Only tokenizer_config.json knows the token, which transformers numbers after those of tokenizer.json.
  const config = { added_tokens_decoder: { 260: { content: "<late>", special: true } } };
  await expect(chosen({ added: [eos] }, 300, { "tokenizer_config.json": config })).rejects.toThrow(
    /"<image>" would be token 258 here and 257 in transformers, because ids are left out; add the token with transformers' add_tokens first$/,
  );
});

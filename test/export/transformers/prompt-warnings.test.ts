import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { modelFiles } from "../../../src/files/model-files.js";
import { chooseImageToken } from "../../../src/export/transformers/image-token.js";
import { llavaTemplate } from "../../../src/export/transformers/llava-template.js";
import { promptWarnings } from "../../../src/export/transformers/prompt-warnings.js";
import { writeTokenizerFiles } from "../../../src/export/transformers/tokenizer-files.js";
import { loadChatTemplate } from "../../../src/prompt/chat-template.js";
import { readTokenizerParts } from "../../../src/vocabulary/read-tokenizer.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
let folders = 0;

type Json = Readonly<Record<string, unknown>>;
type Change = (file: Json) => Json;
const same: Change = (file) => file;

/** Llama 2's tokenizer of the small world, changed, beside the one that an export makes of it; what is warned of. */
async function warned({ tokenizer = same, config = same }: { tokenizer?: Change; config?: Change } = {}) {
  const [llm, to] = [join(root, `llm-${folders}`), join(root, `out-${folders++}`)];
  cpSync(join(WORLD, "llama2"), llm, { recursive: true });
  cpSync(join(WORLD, "llama2", "config.json"), join(to, "config.json"));
  for (const [name, change] of [
    ["tokenizer.json", tokenizer],
    ["tokenizer_config.json", config],
  ] as const) {
    const file = JSON.parse(readFileSync(join(llm, name), "utf8")) as Json;
    writeFileSync(join(llm, name), JSON.stringify(change(file)));
  }
  const { vocabulary, json } = await readTokenizerParts(llm);
  const imageToken = chooseImageToken({ vocabulary, json, rows: vocabulary.size });
  const template = llavaTemplate((await loadChatTemplate(llm))?.source, "plain").source;
  await writeTokenizerFiles({ from: modelFiles(llm), to, json, imageToken, template });
  return promptWarnings(to, { llm: modelFiles(llm), marking: "plain", imageToken: imageToken.id });
}

test("a tokenizer that begins each piece of text with a word gives the same tokens around an image", async () => {
  expect(await warned()).toEqual([]);
});

test("one that marks only the start of a text, and a template without a BOS, are said", async () => {
  const pre_tokenizer = { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: false };
  const first: Change = (file) => ({ ...file, normalizer: null, pre_tokenizer });
  expect(await warned({ tokenizer: first })).toEqual([
    expect.stringMatching(
      /^prompts: the tokens around an image are ".*image <0x0A> .*" in transformers, and ".*image ▁ <0x0A> .*" as/,
    ),
  ]);
  const bare: Change = (file) => ({
    ...file,
    chat_template: (file["chat_template"] as string).replace("{{ bos_token }}", ""),
  });
  expect(await warned({ config: bare })).toEqual([
    "prompts: transformers' processors put <s> in front, which the LLM's own chat template does not write",
  ]);
});

test("without a template of the LLM there is nothing to compare with", async () => {
  expect(await warned({ config: (file) => ({ ...file, chat_template: undefined }) })).toEqual([]);
});

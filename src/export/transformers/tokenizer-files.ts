import { join } from "node:path";
import { z } from "zod";
import { checkJson } from "../../files/check-json.js";
import { fileOf, type ModelFiles } from "../../files/model-files.js";
import { parseVerbatimJson, verbatimText } from "../../files/verbatim-json.js";
import { writeFile } from "../../files/write-file.js";
import type { ImageToken } from "./image-token.js";

export interface TokenizerFilesOptions {
  /** The LLM's tokenizer. */
  readonly from: ModelFiles;
  readonly to: string;
  /** The parsed tokenizer.json. */
  readonly json: unknown;
  readonly imageToken: ImageToken;
  readonly template: string;
}

/** Files of a tokenizer that say nothing about chat or images; each is read by some releases of transformers or other programs. */
const COPIED = ["special_tokens_map.json", "tokenizer.model", "vocab.json", "merges.txt"];

const object = z.looseObject({});

/**
 * Writes the LLM's tokenizer with the image token and the chat template of a LLaVA model: into chat_template.jinja, and into
 * tokenizer_config.json for what reads no other place.
 */
export async function writeTokenizerFiles({
  from,
  to,
  json,
  imageToken,
  template,
}: TokenizerFilesOptions): Promise<void> {
  const { id, isNew, token } = imageToken;
  for (const name of [...COPIED, ...(isNew ? [] : ["tokenizer.json", "added_tokens.json"])]) {
    if (await from.has(name)) await from.copy(name, join(to, name));
  }
  const write = (name: string, value: unknown): Promise<void> => writeFile(join(to, name), verbatimText(value));
  if (isNew) {
    const file = json as { readonly added_tokens?: readonly object[] | null };
    await write("tokenizer.json", { ...file, added_tokens: [...(file.added_tokens ?? []), { id, ...asAdded(token) }] });
    const added = await readObject(from, "added_tokens.json");
    if (added !== undefined) await write("added_tokens.json", { ...added, [token]: id });
  }
  const config = await readObject(from, "tokenizer_config.json");
  await write("tokenizer_config.json", tokenizerConfig(config ?? {}, imageToken, template));
  await writeFile(join(to, "chat_template.jinja"), template);
}

/** As LLaVA's own: matched before anything else and left out of decoded text. */
const asAdded = (content: string): object => ({
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

function tokenizerConfig(
  config: Readonly<Record<string, unknown>>,
  { id, isNew, token }: ImageToken,
  template: string,
): object {
  const decoder = config["added_tokens_decoder"] as object | undefined;
  return {
    // Without it a class is guessed from config.json, whose model_type says nothing of the tokenizer.
    tokenizer_class: "PreTrainedTokenizerFast",
    // That class also gives token_type_ids before release 5, which the model then refuses.
    model_input_names: ["input_ids", "attention_mask"],
    ...config,
    ...(isNew && decoder != null && { added_tokens_decoder: { ...decoder, [id]: asAdded(token) } }),
    image_token: token,
    processor_class: "LlavaProcessor",
    chat_template: template,
  };
}

async function readObject(from: ModelFiles, name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (!(await from.has(name))) return undefined;
  const path = fileOf(from, name);
  return checkJson(object, parseVerbatimJson(await from.readText(name), path), path);
}

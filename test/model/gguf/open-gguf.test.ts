import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openLlm, type LlmFolder } from "../../../src/model/llm/llm-folder.js";
import { readDecoderSpec } from "../../../src/model/llm/llm-families.js";
import { streamFloats } from "../../../src/files/stream-floats.js";
import { MODELS } from "../../helpers/goldens.js";
import { GGUF, GGUF_OF_FOLDERS } from "../../helpers/gguf-goldens.js";

/** Every tensor's shape and numbers in float32. */
async function numbersOf({ checkpoint }: LlmFolder): Promise<Record<string, unknown>> {
  const entries = [...checkpoint.tensors].map(async ([name, tensor]) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of streamFloats(tensor, "F32")) chunks.push(chunk);
    return [name, { shape: tensor.shape, numbers: Buffer.concat(chunks).toString("hex") }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

describe.each(GGUF_OF_FOLDERS)("%s as a GGUF file", (name) => {
  test("has the tensors of the folder: names, shapes, numbers", async () => {
    const [file, folder] = [await openLlm(join(GGUF, `${name}.gguf`)), await openLlm(join(MODELS, name))];
    expect(await numbersOf(file)).toEqual(await numbersOf(folder));
  });

  test("has the settings of the folder", async () => {
    const [file, folder] = [await openLlm(join(GGUF, `${name}.gguf`)), await openLlm(join(MODELS, name))];
    expect(file.table).toMatchObject({ tied: folder.table.tied, vocabSize: folder.table.vocabSize });
    expect(readDecoderSpec(file.config, file.path)).toEqual(readDecoderSpec(folder.config, folder.path));
  });
});

test("a GGUF file goes by its stem, and a part of a split one without its number", async () => {
  const { name, files } = await openLlm(join(GGUF, "qwen3.gguf"));
  expect([name, await files.has("config.json"), await files.has("chat_template.jinja")]).toEqual([
    "qwen3",
    true,
    false,
  ]);
});

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { relativeError } from "../../helpers/goldens.js";
import { GGUF, GGUF_MIXED, GGUF_OF_FOLDERS, readMixedExpected } from "../../helpers/gguf-goldens.js";
import { readLlmExpected } from "../../helpers/llm-goldens.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

const cacheFolder = temporaryFolder();

/** The logits after a prompt, and the precision that was used. */
const logitsOf = (name: string, prompt: readonly number[], dtype?: string) =>
  withModel({ llm: join(GGUF, `${name}.gguf`), cacheFolder, threads: 1, dtype }, async ({ llm }) => {
    return { logits: await llm!.logits({ embeddings: llm!.embed(prompt) }), precision: llm!.info.precision };
  });

describe("an LLM of a GGUF file", () => {
  test.each(GGUF_OF_FOLDERS)("%s gives PyTorch's logits", async (name) => {
    const { prompt, prefill } = readLlmExpected(name);
    const { logits, precision } = await logitsOf(name, prompt);
    expect(precision).toBe("f32");
    expect(relativeError(logits, prefill)).toBeLessThan(1e-4);
  });

  test.each(GGUF_MIXED)(
    "%s in float32 gives PyTorch's logits of the numbers that its blocks stand for",
    async (name) => {
      const { prompt, prefill } = readMixedExpected(name);
      expect(relativeError((await logitsOf(name, prompt, "f32")).logits, prefill)).toBeLessThan(1e-4);
    },
  );

  test.each(GGUF_MIXED)("%s runs on its blocks as they are stored, unless asked otherwise", async (name) => {
    const { prompt, prefill } = readMixedExpected(name);
    const { logits, precision } = await logitsOf(name, prompt);
    expect(precision).toBe("stored");
    // The kernel rounds activations to 8 bits in every layer, and this one has seven.
    expect(relativeError(logits, prefill)).toBeLessThan(name === "gemma3" ? 5e-2 : 3e-2);
  });

  test("is rounded anew where q8 or q4 is asked for", async () => {
    const { prompt, prefill } = readMixedExpected("mixed-llama");
    expect(relativeError((await logitsOf("mixed-llama", prompt, "q8")).logits, prefill)).toBeLessThan(3e-2);
  });

  test("lays its blocks out once", async () => {
    const { prompt } = readMixedExpected("mixed-k");
    const before = readdirSync(cacheFolder);
    await logitsOf("mixed-k", prompt);
    expect(readdirSync(cacheFolder)).toEqual(before);
  });

  test("says that a folder without blocks has none to keep", async () => {
    await expect(logitsOf("qwen3", [1], "stored")).rejects.toThrow(
      "dtype stored: is for an LLM whose file holds it in blocks (GGUF), this one's does not; leave it out",
    );
  });
});

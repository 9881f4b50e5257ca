import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openLlm } from "../../../src/model/llm/llm-folder.js";
import { describeOwnHead } from "../../../src/model/llm/own-head.js";
import { MODELS, relativeError } from "../../helpers/goldens.js";
import { readLlmExpected } from "../../helpers/llm-goldens.js";
import { renamedCheckpoint } from "../../helpers/renamed-checkpoint.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

const root = temporaryFolder();
let folders = 0;

/** A copy of a tiny LLM whose config.json has other fields and whose tensors have other names. */
function changed(model: string, config: object, rename: (name: string) => string | undefined = (name) => name): string {
  const folder = join(root, String(folders++));
  cpSync(join(MODELS, model), folder, { recursive: true });
  const path = join(folder, "config.json");
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), ...config }));
  const weights = join(folder, "model.safetensors");
  writeFileSync(weights, renamedCheckpoint(weights, rename));
  return folder;
}

const logits = (folder: string, prompt: readonly number[]): Promise<Float32Array> =>
  withModel({ llm: folder, cacheFolder: root, threads: 1 }, ({ llm }) =>
    llm!.logits({ embeddings: llm!.embed(prompt) }),
  );

describe("an output head beside a config.json that says tied", () => {
  test("is used, and said where it differs from the table", async () => {
    const folder = changed("mistral-window", { tie_word_embeddings: true });
    const { prompt, prefill } = readLlmExpected("mistral-window");
    expect(relativeError(await logits(folder, prompt), prefill)).toBeLessThan(1e-4);
    expect(await describeOwnHead(await openLlm(folder))).toBe(
      `${folder}: config.json says tie_word_embeddings, but "lm_head.weight" differs from "model.embed_tokens.weight"; it is used as the output head, as transformers 5 does, where earlier releases used the table`,
    );
  });

  test("is not said of folders that mean it, and of tied ones", async () => {
    for (const model of ["mistral-window", "llama-tied"]) {
      expect(await describeOwnHead(await openLlm(join(MODELS, model)))).toBeUndefined();
    }
  });

  test("is the table where only it is stored", async () => {
    const name = "model.embed_tokens.weight";
    const folder = changed("llama-tied", {}, (tensor) => (tensor === name ? "lm_head.weight" : tensor));
    const { prompt, prefill } = readLlmExpected("llama-tied");
    expect(relativeError(await logits(folder, prompt), prefill)).toBeLessThan(1e-4);
  });

  test("is missed where config.json says that the two are apart", async () => {
    const folder = changed("llama-tied", { tie_word_embeddings: false });
    await expect(logits(folder, [1])).rejects.toThrow(
      `${folder}: holds no output head ("lm_head.weight"), and config.json says tie_word_embeddings false`,
    );
  });
});

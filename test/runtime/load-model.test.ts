import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { LanguageModel } from "../../src/runtime/language-model.js";
import { loadModel } from "../../src/runtime/load-model.js";
import type { WorkerClient } from "../../src/runtime/worker/client.js";
import { MODELS } from "../helpers/goldens.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const llm = join(MODELS, "llama-tied");
const cacheFolder = join(root, "cache");

/** The worker of a model, to end it as a crash would. */
const workerOf = (model: LanguageModel): WorkerClient => (model as unknown as { client: WorkerClient }).client;

describe("dispose", () => {
  test("may be called again, also before it has ended", async () => {
    const model = await loadModel({ llm, cacheFolder, threads: 1 });
    await Promise.all([model.dispose(), model.dispose()]);
    await model.dispose();
    const embeddings = new Float32Array(model.llm!.info.hiddenSize);
    await expect(model.llm!.logits({ embeddings })).rejects.toThrow("the model was disposed of");
  });

  test("ends what is left of a model whose thread has died", async () => {
    const model = await loadModel({ llm, cacheFolder, threads: 1 });
    const worker = workerOf(model.llm!);
    await worker.terminate();
    await model.dispose();
    expect(() => model.llm!.embed([1])).toThrow();
  });
});

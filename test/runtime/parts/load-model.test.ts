import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { ProjectorWeights } from "../../../src/model/projector/projector-graph.js";
import type { LanguageModel } from "../../../src/runtime/parts/language-model.js";
import { loadModel } from "../../../src/runtime/parts/load-model.js";
import type { WorkerClient } from "../../../src/runtime/sessions/client.js";
import { MODELS } from "../../helpers/goldens.js";
import { projectorLayer, PROJECTORS } from "../../helpers/projector-goldens.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
const llm = join(MODELS, "llama-tied");
const cacheFolder = join(root, "cache");

/** The worker of a model, to end it as a crash would. */
const workerOf = (model: LanguageModel): WorkerClient => (model as unknown as { client: WorkerClient }).client;

/** A copy of a tiny model whose weights cannot be opened. */
function configAlone(model: string): string {
  const folder = join(root, model);
  cpSync(join(MODELS, model), folder, { recursive: true });
  writeFileSync(join(folder, "model.safetensors"), "");
  return folder;
}

describe("an adapter of another width", () => {
  test.each([
    [{ llm: "llama-tied" }, "the adapter makes vectors of 24 numbers, the LLM has 32; use the adapter made for it"],
    [
      { vision: "clip" },
      "the adapter takes vectors of 48 numbers, the vision tower has 32; use the tower that the adapter was trained with",
    ],
  ])("is refused by the config of %j, before any weight is read", async (parts, message) => {
    const folders = Object.fromEntries(Object.entries(parts).map(([part, model]) => [part, configAlone(model)]));
    const narrow: ProjectorWeights = { kind: "linear", layers: [projectorLayer(2)] };
    const adapter = "llm" in parts ? PROJECTORS.mm_vocab : narrow;
    await expect(loadModel({ ...folders, adapter, cacheFolder })).rejects.toThrow(message);
  });
});

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

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel } from "../../src/runtime/parts/load-model.js";
import { MODELS } from "./goldens.js";

/** Whether a WebGPU device exists here; CONTRIBUTING.md says how to get a software one. */
export async function hasWebgpu(): Promise<boolean> {
  const cacheFolder = mkdtempSync(join(tmpdir(), "langbridge-webgpu-"));
  const llm = join(MODELS, "llama-tied");
  try {
    await (await loadModel({ device: "webgpu", dtype: "f32", threads: 1, cacheFolder, llm })).dispose();
    return true;
  } catch (error) {
    if ((error as Error).name === "UnavailableError") return false;
    throw error;
  } finally {
    rmSync(cacheFolder, { recursive: true, force: true });
  }
}

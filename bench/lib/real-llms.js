// Where the language models of the real world are: in a folder that the user names, or in the cache of the Hugging Face Hub.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hubCacheFolder, resolveFolder } from "../../dist/src/checkpoint/hub-cache.js";

/**
 * The LLMs by the names that fixtures/real-world/adapters has for them, with the repositories of the originals. The committed adapters
 * were trained through GGUF files of four bits (fixtures/real-world/make/README.md), whose weights differ a little from these.
 */
export const LLMS = {
  smollm2: "HuggingFaceTB/SmolLM2-135M-Instruct",
  gemma3: "google/gemma-3-270m",
  qwen05: "Qwen/Qwen2.5-Coder-0.5B-Instruct",
  qwen15: "Qwen/Qwen2.5-Coder-1.5B-Instruct",
};

/**
 * The file or folder of an LLM: NAME.gguf or NAME/ in `folder`, else the original in the Hub's cache.
 *
 * @throws Error that says how to get it
 */
export async function findLlm(name, folder) {
  const places = folder === undefined ? [] : [join(folder, `${name}.gguf`), join(folder, name)];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  const repository = LLMS[name];
  if (repository === undefined) throw new Error(`${name}: is not in ${folder ?? "a folder (--models DIR)"}`);
  try {
    return await resolveFolder(repository, { hubCache: hubCacheFolder(process.env) });
  } catch {
    const tried = places.length === 0 ? "" : `${places.join(" and ")} do not exist; `;
    throw new Error(
      `${name}: ${tried}name a folder with ${name}.gguf or ${name}/ by --models DIR (python fixtures/real-world/make/llms.py DIR ${name}), or run: hf download ${repository}`,
    );
  }
}

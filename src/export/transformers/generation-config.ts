import { join } from "node:path";
import { verbatimText } from "../../files/verbatim-json.js";
import { writeFile } from "../../files/write-file.js";
import type { LlavaParts } from "./llava-parts.js";

const NAME = "generation_config.json";

/** Writes the LLM's generation_config.json. An LLM without one gets what its config.json says about tokens. */
export async function writeGenerationConfig(
  folder: string,
  { files, ownConfig }: Pick<LlavaParts["llm"], "files" | "ownConfig">,
): Promise<void> {
  if (await files.has(NAME)) return files.copy(NAME, join(folder, NAME));
  const ids = ["bos_token_id", "eos_token_id", "pad_token_id"].filter((key) => ownConfig[key] != null);
  await writeFile(join(folder, NAME), verbatimText(Object.fromEntries(ids.map((key) => [key, ownConfig[key]]))));
}

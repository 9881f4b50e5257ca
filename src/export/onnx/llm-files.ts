import { join } from "node:path";
import { verbatimText } from "../../files/verbatim-json.js";
import { writeFile } from "../../files/write-file.js";
import { vectorsBeforePatches } from "../../model/vision/vision-family.js";
import type { ExportRequest } from "../format.js";
import { writeGenerationConfig } from "../transformers/generation-config.js";
import { llavaConfig } from "../transformers/llava-config.js";
import type { LlavaParts } from "../transformers/llava-parts.js";
import { promptWarnings } from "../transformers/prompt-warnings.js";
import { provenanceOf } from "../transformers/provenance.js";
import { writeTokenizerFiles } from "../transformers/tokenizer-files.js";

/**
 * Writes what transformers.js needs beside the models of a LlavaForConditionalGeneration: config, tokenizer with the image token and
 * a chat template that knows images. Returns what may surprise, one line each.
 */
export async function writeLlmFiles(
  folder: string,
  parts: LlavaParts,
  { toolVersion }: Pick<ExportRequest, "toolVersion">,
): Promise<string[]> {
  const { llm, tower, seen, imageToken, marking, template } = parts;
  const config = llavaConfig({
    ...{ text: llm.ownConfig, tower: tower.config, spec: tower.spec, imageToken, dtype: "F32", loadedAs: "F32" },
    multipliesTokens: llm.embeddingScale !== 1,
    ...{ selectLayer: seen.selectLayer, selectFeature: seen.selectFeature },
    ...{ rows: llm.table.vocabSize, tied: llm.table.tied, provenance: await provenanceOf(parts, toolVersion) },
  });
  const processor = {
    processor_class: "LlavaProcessor",
    image_token: imageToken.token,
    patch_size: tower.spec.patchSize,
    // transformers.js takes none off again: only the class token, where it is kept.
    num_additional_image_tokens: vectorsBeforePatches(tower.spec, seen.selectFeature),
  };
  const write = (name: string, value: unknown): Promise<void> => writeFile(join(folder, name), verbatimText(value));
  await write("config.json", {
    ...config,
    "transformers.js_config": { dtype: "fp32", use_external_data_format: true },
  });
  await write("processor_config.json", processor);
  const from = llm.files;
  await writeTokenizerFiles({ from, to: folder, json: llm.tokenizerJson, imageToken, template: template.source });
  await writeGenerationConfig(folder, llm);
  return promptWarnings(folder, { llm: from, marking, imageToken: imageToken.id });
}

import { copyFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Adapter } from "../../adapter/load.js";
import { vocabularyBeside } from "../../adapter/row-tokens.js";
import { jsonText } from "../../files/json-file.js";
import type { ExportRequest } from "../format.js";
import { preprocessorConfig } from "../transformers/llava-config.js";
import { writeLlmFiles } from "./llm-files.js";
import type { OnnxParts } from "./onnx-parts.js";
import { planAdapter, type ExportedProjector } from "./plan-adapter.js";
import { planLlm } from "./plan-llm.js";
import { planVision } from "./plan-vision.js";
import type { OnnxPlan, PlannedModel } from "./planned-model.js";

/** Decides what is written: the adapter alone, tower and adapter as one model, or the LLM's models too. */
export async function planOnnx(
  request: ExportRequest,
  { dtype, vision, speaking }: OnnxParts,
  projector: ExportedProjector,
): Promise<OnnxPlan> {
  const options = { ...request, dtype, projector };
  const models = [
    vision === undefined ? planAdapter(options) : planVision({ ...options, vision }),
    ...(speaking === undefined ? [] : planLlm({ ...options, ...speaking, imageToken: speaking.llava.imageToken.id })),
  ];
  const vocabulary = await vocabularyFor(models, request.adapter);
  return {
    models,
    remarks: [...(vision?.pads === true ? [PADDING] : []), ...(speaking?.llava.warnings ?? [])],
    writeBeside: async (output) => {
      if (vocabulary !== undefined) await copyFile(vocabulary, join(output, basename(vocabulary)));
      // Other software pads after it has scaled, if at all.
      const settings = vision && preprocessorConfig(vision.preprocessor, { pads: false });
      if (settings !== undefined) await writeFile(join(output, "preprocessor_config.json"), jsonText(settings));
      return speaking === undefined ? [] : writeLlmFiles(output, speaking.llava, request);
    },
  };
}

const PADDING =
  "the adapter was trained on padded pictures (image_aspect_ratio pad): before preprocessor_config.json, put each picture into the middle of a square of the mean colour";

/** The file that says what rows of the vocabulary are, where a model gives numbers of rows. */
async function vocabularyFor(models: readonly PlannedModel[], { folder }: Adapter): Promise<string | undefined> {
  const outputs = models.flatMap(({ graph }) => graph.outputs.map(({ name }) => name));
  return outputs.includes("tokens") || outputs.includes("coefficients") ? vocabularyBeside(folder) : undefined;
}

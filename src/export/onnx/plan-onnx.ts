import { copyFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Adapter } from "../../adapter/load.js";
import { vocabularyBeside } from "../../adapter/row-tokens.js";
import { folderName } from "../../checkpoint/hub-cache.js";
import { hashModel } from "../../checkpoint/hash-model.js";
import { InputError } from "../../errors.js";
import { jsonText } from "../../files/json-file.js";
import { readLlmFolder } from "../../runtime/language-model.js";
import { checkWidths } from "../../runtime/load-model.js";
import type { ExportRequest } from "../format.js";
import { preprocessorConfig } from "../transformers/llava-config.js";
import { openLlavaParts } from "../transformers/llava-parts.js";
import { writeLlmFiles } from "./llm-files.js";
import { planAdapter, type ExportedProjector } from "./plan-adapter.js";
import { planLlm } from "./plan-llm.js";
import { planVision } from "./plan-vision.js";
import type { OnnxPlan, PlannedModel } from "./planned-model.js";
import { openVisionPart } from "./vision-part.js";

/**
 * Decides what is written: the adapter alone, tower and adapter as one model, or the LLM's models too. Nothing but headers and
 * configs is read. Throws InputError when the parts do not fit one another.
 */
export async function planOnnx(request: ExportRequest, projector: ExportedProjector): Promise<OnnxPlan> {
  const { adapter, vision, llm } = request;
  if (llm !== undefined && vision === undefined) {
    throw new InputError("--llm: needs --vision too; with both, --format onnx writes the whole model");
  }
  await checkWidths({ vision, llm, adapter: projector.own });
  if (vision === undefined) return withVocabulary(adapter, planOf([planAdapter(projector, request)]));
  const seeing = await planSeeing(request, vision, projector);
  const speaking = llm === undefined ? planOf([]) : await planSpeaking(request, vision, llm);
  return withVocabulary(adapter, {
    models: [...seeing.models, ...speaking.models],
    remarks: [...seeing.remarks, ...speaking.remarks],
    writeBeside: async (folder) => [...(await seeing.writeBeside(folder)), ...(await speaking.writeBeside(folder))],
  });
}

const planOf = (models: readonly PlannedModel[]): OnnxPlan => ({
  models,
  remarks: [],
  writeBeside: () => Promise.resolve([]),
});

async function planSeeing(request: ExportRequest, folder: string, projector: ExportedProjector): Promise<OnnxPlan> {
  const vision = await openVisionPart(folder, request.adapter);
  return {
    models: [planVision({ ...request, projector, vision })],
    remarks: vision.pads ? [PADDING] : [],
    writeBeside: async (output) => {
      // Other software pads after it has scaled, if at all.
      const settings = preprocessorConfig(vision.preprocessor, { pads: false });
      await writeFile(join(output, "preprocessor_config.json"), jsonText(settings));
      return [];
    },
  };
}

const PADDING =
  "the adapter was trained on padded pictures (image_aspect_ratio pad): before preprocessor_config.json, put each picture into the middle of a square of the mean colour";

async function planSpeaking(request: ExportRequest, vision: string, folder: string): Promise<OnnxPlan> {
  const parts = await openLlavaParts({ adapter: request.adapter, llm: folder, vision });
  const { id, token } = parts.imageToken;
  const { checkpoint } = parts.llm;
  const llm = {
    ...(await readLlmFolder(folder)),
    folder,
    name: folderName(folder),
    identity: await hashModel(checkpoint),
  };
  return {
    models: planLlm({ ...request, llm, imageToken: id }),
    remarks: [`image token: ${token} is token ${id}`, ...parts.warnings],
    writeBeside: (output) => writeLlmFiles(output, parts, request),
  };
}

/** Copies the file that says what rows of the vocabulary are, where a model gives numbers of rows. */
async function withVocabulary({ folder }: Adapter, plan: OnnxPlan): Promise<OnnxPlan> {
  const outputs = plan.models.flatMap(({ graph }) => graph.outputs.map(({ name }) => name));
  const numbersRows = outputs.includes("tokens") || outputs.includes("coefficients");
  const file = numbersRows ? await vocabularyBeside(folder) : undefined;
  if (file === undefined) return plan;
  return {
    ...plan,
    writeBeside: async (output) => {
      await copyFile(file, join(output, basename(file)));
      return plan.writeBeside(output);
    },
  };
}

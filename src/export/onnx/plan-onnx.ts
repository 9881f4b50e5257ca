import { basename } from "node:path";
import type { Adapter } from "../../adapter/load.js";
import { vocabularyBeside } from "../../adapter/row-tokens.js";
import { checkWidths } from "../../runtime/load-model.js";
import type { ExportRequest } from "../format.js";
import { planAdapter, type ExportedProjector } from "./plan-adapter.js";
import { planVision } from "./plan-vision.js";
import type { OnnxPlan, PlannedModel } from "./planned-model.js";
import { openVisionPart, type VisionPart } from "./vision-part.js";

/** Decides what is written: the adapter alone, or tower and adapter as one model. Nothing but headers and configs is read. */
export async function planOnnx(request: ExportRequest, projector: ExportedProjector): Promise<OnnxPlan> {
  const { adapter, vision: visionFolder } = request;
  await checkWidths({ vision: visionFolder, adapter: projector.own });
  const vision = visionFolder === undefined ? undefined : await openVisionPart(visionFolder, adapter);
  const seeing = vision === undefined ? planAdapter(projector, request) : planVision({ ...request, projector, vision });
  const models = [seeing];
  return {
    models,
    copies: {
      ...(await vocabularyCopy(adapter, models)),
      ...(vision && { "preprocessor_config.json": vision.preprocessor }),
    },
    texts: {},
    remarks: vision === undefined ? [] : paddingRemarks(vision),
  };
}

/** The file that says what rows of the vocabulary are, where a model gives numbers of rows. */
async function vocabularyCopy({ folder }: Adapter, models: readonly PlannedModel[]): Promise<Record<string, string>> {
  const outputs = models.flatMap(({ graph }) => graph.outputs.map(({ name }) => name));
  if (!outputs.includes("tokens") && !outputs.includes("coefficients")) return {};
  const file = await vocabularyBeside(folder);
  return file === undefined ? {} : { [basename(file)]: file };
}

/** What the image processors of other software do not do by themselves. */
function paddingRemarks({ imageAspectRatio }: VisionPart): readonly string[] {
  if (imageAspectRatio !== "pad") return [];
  return [
    "the adapter was trained on padded pictures (image_aspect_ratio pad): before preprocessor_config.json, put each picture into the middle of a square of the mean colour",
  ];
}

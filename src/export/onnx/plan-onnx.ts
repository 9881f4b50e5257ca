import { join } from "node:path";
import { jsonText } from "../../files/json-file.js";
import { copyInto } from "../../files/publish.js";
import { writeFile } from "../../files/write-file.js";
import type { ExportRequest } from "../format.js";
import { findRowList } from "../row-list.js";
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
  { dtype, bits, vision, speaking }: OnnxParts,
  projector: ExportedProjector,
): Promise<OnnxPlan> {
  const options = { ...request, dtype, projector };
  const models = [
    vision === undefined ? planAdapter(options) : planVision({ ...options, vision }),
    ...(speaking === undefined
      ? []
      : await planLlm({ ...options, ...speaking, bits, imageToken: speaking.llava.imageToken.id })),
  ];
  const numbered = rowNumbers(models);
  const vocabulary = numbered.length > 0 ? await findRowList(request.adapter) : undefined;
  return {
    models,
    remarks: [
      ...(numbered.length > 0 && vocabulary === undefined ? [unnamed(numbered)] : []),
      ...(vision?.pads === true ? [PADDING] : []),
      ...(speaking?.llava.warnings ?? []),
      ...(bits === undefined ? [] : [describeBlocks(bits)]),
    ],
    writeBeside: async (output) => {
      if (vocabulary !== undefined) await copyInto(vocabulary, output);
      // Other software pads after it has scaled, if at all.
      const settings = vision && preprocessorConfig(vision.preprocessor, { pads: false, spec: vision.spec });
      if (settings !== undefined) await writeFile(join(output, "preprocessor_config.json"), jsonText(settings));
      return speaking === undefined ? [] : writeLlmFiles(output, speaking.llava, request);
    },
  };
}

const describeBlocks = (bits: 4 | 8): string =>
  `q${bits}: the LLM's linear layers and its head are blocks of 32 integers of ${bits} bits (MatMulNBits of onnxruntime), all other weights float16`;

const PADDING =
  "the adapter was trained on padded pictures (image_aspect_ratio pad): before preprocessor_config.json, put each picture into the middle of a square of the mean colour";

/** The outputs of the models that speak of rows of the vocabulary, which a list beside them names. */
const rowNumbers = (models: readonly PlannedModel[]): string[] =>
  models
    .flatMap(({ graph }) => graph.outputs.map(({ name }) => name))
    .filter((name) => name === "tokens" || name === "coefficients");

const unnamed = (outputs: readonly string[]): string =>
  `no vocabulary is written, for the adapter came without one: nothing says which tokens the rows in ${outputs.join(" and ")} are`;

import { join } from "node:path";
import type { ExportResult } from "../format.js";
import { MODELS_FOLDER } from "./write-model.js";
import type { PlannedModel } from "./planned-model.js";
import { modelFile } from "./write-model.js";

/** Python that runs the first model, to paste. */
export function usageOf(output: string, [model]: readonly PlannedModel[]): ExportResult["usage"] {
  const { name, graph } = model!;
  const [input, result] = [graph.inputs[0]!, graph.outputs[0]!];
  const path = join(output, MODELS_FOLDER, modelFile(name)).replaceAll("\\", "/");
  return {
    title: "in Python, and alike in C++, C#, Java and JavaScript:",
    lines: [
      "import onnxruntime",
      `session = onnxruntime.InferenceSession(${JSON.stringify(path)})`,
      `[${result.name}] = session.run(["${result.name}"], {"${input.name}": ${input.name}})`,
    ],
  };
}

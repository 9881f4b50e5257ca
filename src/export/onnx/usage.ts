import { isAbsolute, join } from "node:path";
import type { ExportResult } from "../format.js";
import type { PlannedModel } from "./planned-model.js";
import { modelFile, MODELS_FOLDER } from "./write-model.js";

/** Code that runs an export, to paste: its one model, or the whole by transformers.js. */
export function usageOf(output: string, models: readonly PlannedModel[]): ExportResult["usage"] {
  return models.length === 1 ? oneModel(output, models[0]!) : wholeModel(output);
}

function oneModel(output: string, { name, graph }: PlannedModel): ExportResult["usage"] {
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

/** The tokenizer is told to put nothing in front: the template has written it. */
function wholeModel(output: string): ExportResult["usage"] {
  // A path that does not look like one would be searched for on the hub.
  const folder = isAbsolute(output) || output.startsWith(".") ? output : `./${output}`;
  return {
    title: "in JavaScript, with @huggingface/transformers:",
    lines: [
      'import { AutoProcessor, LlavaForConditionalGeneration, RawImage } from "@huggingface/transformers";',
      `const folder = ${JSON.stringify(folder)};`,
      "const processor = await AutoProcessor.from_pretrained(folder);",
      "const model = await LlavaForConditionalGeneration.from_pretrained(folder);",
      'const content = [{ type: "image" }, { type: "text", text: "What is this?" }];',
      'const text = processor.apply_chat_template([{ role: "user", content }], { add_generation_prompt: true });',
      'const inputs = await processor(await RawImage.read("photo.jpg"), text, { add_special_tokens: false });',
      "const ids = await model.generate({ ...inputs, max_new_tokens: 64 });",
      "const said = ids.slice(null, [inputs.input_ids.dims[1], null]);",
      "const [answer] = processor.batch_decode(said, { skip_special_tokens: true });",
    ],
  };
}

/*
 * Asks a folder of `langbridge export --format onnx --vision ... --llm ...` the questions of a finished `langbridge eval`, by
 * transformers.js, and counts the same answers. Run as
 *     node check_transformers_js.js TRANSFORMERS_JS EXPORT ANSWERS_JSONL QUESTIONS_JSONL IMAGES [--own-pixels]
 * where TRANSFORMERS_JS is a folder with node_modules/@huggingface/transformers, and after `npm run build`. The pixels are Pillow's, as
 * this project makes them, or with --own-pixels those of transformers.js, whose resampling differs. It was run with
 * @huggingface/transformers 4.3.1, 300 questions of the small world's GQA for each family: 900 of 900, and 863 with --own-pixels.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { loadImageProcessor, preprocessFile } from "../../../dist/src/index.js";

const [home, folder, answers, questions, images, pixels] = process.argv.slice(2);
const { resolve: find } = createRequire(join(resolve(home), "package.json"));
const { AutoProcessor, LlavaForConditionalGeneration, RawImage, Tensor } = await import(
  pathToFileURL(find("@huggingface/transformers")).href
);

const readLines = (path) =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const imageOf = new Map(readLines(questions).map(({ question_id, image }) => [String(question_id), image]));

const processor = await AutoProcessor.from_pretrained(resolve(folder));
const model = await LlavaForConditionalGeneration.from_pretrained(resolve(folder));
const imageProcessor = await loadImageProcessor(folder);

async function inputsOf(path, question) {
  const content = [{ type: "image" }, { type: "text", text: question }];
  const text = processor.apply_chat_template([{ role: "user", content }], { add_generation_prompt: true });
  const inputs = await processor(await RawImage.read(path), text, { add_special_tokens: false });
  if (pixels === "--own-pixels") return inputs;
  const { data, height, width } = await preprocessFile(path, imageProcessor);
  return { ...inputs, pixel_values: new Tensor("float32", data, [1, 3, height, width]) };
}

const asked = readLines(answers);
let same = 0;
for (const { question_id, prompt, text } of asked) {
  const inputs = await inputsOf(join(images, imageOf.get(String(question_id))), prompt);
  const ids = await model.generate({ ...inputs, max_new_tokens: 32 });
  const [said] = processor.batch_decode(ids.slice(null, [inputs.input_ids.dims[1], null]), {
    skip_special_tokens: true,
  });
  if (said.trim() === text) same += 1;
  else console.log(`${question_id}: ${JSON.stringify(said)}, langbridge eval said ${JSON.stringify(text)}`);
}
console.log(`${same} of ${asked.length} answers are the same`);

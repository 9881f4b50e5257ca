// What README's picture shows: the first test picture of fixtures/small-world as an adapter trained for Llama 2 sees it, and
// as Qwen2 sees it after two transfers, with every question that the benchmark asks about it. Writes bench/measured/picture.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeImage, explainImages, loadAnswerer, planExplanation } from "../dist/src/index.js";
import { openWorkplace, transfer } from "./lib/evaluations.js";
import { writeMeasured } from "./lib/measured.js";
import * as world from "./lib/small-world.js";

const [SOURCE, TARGET] = ["llama2", "qwen2"];
const [{ image: PICTURE }] = JSON.parse(readFileSync(join(world.WORLD, "scenes.json"), "utf8"));
const MAX_NEW_TOKENS = 16;

export default async function run() {
  const figures = await picture();
  writeMeasured({ "picture.json": `${JSON.stringify(figures, null, 1)}\n` });
  const rows = figures.questions.map(({ question, right, answers }) => [question, `${right}: ${answers.join(", ")}`]);
  return { rows, ...figures };
}

/** The picture, the tokens of its patches and the answers about it, of each adapter in turn. */
export async function picture() {
  const place = openWorkplace();
  try {
    const adapter = world.paperAdapter(SOURCE, 0);
    const transferred = async (align) => (await transfer(place, { adapter, target: TARGET, align })).adapter;
    const views = [
      { name: "source", family: SOURCE, adapter },
      { name: "sparse", family: TARGET, adapter: await transferred("sparse") },
      { name: "none", family: TARGET, adapter: await transferred("none") },
    ];
    const asked = questions();
    const answers = [];
    for (const view of views) answers.push(await answersOf(place, view, asked));
    return {
      ...{ picture: PICTURE, pixels: await pixelRuns() },
      views: await Promise.all(
        views.map(async (view) => ({ name: view.name, patches: await patchTokens(place, view) })),
      ),
      questions: asked.map(({ question, right }, i) => ({ question, right, answers: answers.map((all) => all[i]) })),
    };
  } finally {
    place.finish();
  }
}

/** All questions about the picture, as the benchmark words them, with the annotated answers. */
function questions() {
  const read = (name) => readFileSync(join(world.questions, name), "utf8");
  const annotations = JSON.parse(read("testdev_balanced_questions.json"));
  const rows = read("llava_gqa_testdev_balanced.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return rows
    .filter(({ image }) => image === PICTURE)
    .map(({ question_id: id, text }) => ({ text, question: text.split("\n", 1)[0], right: annotations[id].answer }));
}

async function answersOf({ cacheFolder }, { family, adapter }, asked) {
  const model = { adapter, llm: world.llm(family), vision: world.vision };
  const { answerer, dispose } = await loadAnswerer({ model, cacheFolder, threads: 1 });
  const image = await answerer.open(await answerer.decode(readFileSync(join(world.images, PICTURE)), PICTURE));
  const answers = [];
  for (const { text } of asked) answers.push((await image.answer(text, { maxNewTokens: MAX_NEW_TOKENS })).text);
  await image.dispose();
  await dispose();
  return answers;
}

/** Tokens of each patch, the heaviest first, as `langbridge explain` finds them by default. */
async function patchTokens({ cacheFolder }, { adapter }) {
  const plan = await planExplanation({ images: [join(world.images, PICTURE)], adapter, vision: world.vision });
  const { tokens } = plan.views[0];
  for await (const { views } of explainImages(plan, { cacheFolder, threads: 1 })) {
    return views[0].patches.map((patch) =>
      patch.tokens.map(({ row, weight }) => [tokens[row].string, Number(weight.toFixed(2))]),
    );
  }
}

/** The picture row by row, each as its runs of equal pixels: `12#868688 3#d9281e ...`. */
async function pixelRuns() {
  const { width, height, data } = await decodeImage(join(world.images, PICTURE));
  const colourAt = (pixel) => Buffer.from(data.subarray(3 * pixel, 3 * pixel + 3)).toString("hex");
  return Array.from({ length: height }, (_, y) => {
    const runs = [];
    for (let x = 0; x < width; x++) {
      const colour = colourAt(y * width + x);
      if (runs.at(-1)?.colour === colour) runs.at(-1).length++;
      else runs.push({ colour, length: 1 });
    }
    return runs.map(({ length, colour }) => `${length}#${colour}`).join(" ");
  });
}

// The real world of fixtures/: pictures, questions and adapters for language models that were not trained here.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { seededRandom, shuffled } from "../../dist/src/tensor/random.js";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "fixtures", "real-world");

/** Questions are asked about `ASKED`; methods may look at `UNLABELLED`, and settings were chosen there. */
const [ASKED, UNLABELLED] = ["test", "val"];
const IMAGE = "<image>";
const SEED = 0;

/** A copy of fixtures/real-world, or a folder laid out like it. */
export function openWorld(folder = FOLDER) {
  const lines = (path) =>
    readFileSync(join(folder, path), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  return {
    vision: join(folder, "vision"),
    images: join(folder, "images", ASKED),
    unlabelled: join(folder, "images", UNLABELLED),
    questions: lines(join("questions", `${ASKED}.jsonl`)),
    scenes: lines(join("scenes", `${ASKED}.jsonl`)),
    adapters: readdirSync(join(folder, "adapters")).flatMap((llm) =>
      readdirSync(join(folder, "adapters", llm)).map((name) => ({
        ...{ name: `${llm}/${name}`, llm, folder: join(folder, "adapters", llm, name) },
      })),
    ),
  };
}

/** Whole pictures, drawn by a seed, until their questions are `count`; in the order of the file. All when `count` is null. */
export function drawQuestions(questions, count) {
  if (count === null) return questions;
  const drawn = new Set();
  let asked = 0;
  for (const image of shuffled([...new Set(questions.map(({ image }) => image))], seededRandom(SEED))) {
    if (asked >= count) break;
    drawn.add(image);
    asked += questions.filter((question) => question.image === image).length;
  }
  return questions.filter(({ image }) => drawn.has(image));
}

/** The words of a thing that questions ask about. */
export const askedWords = ({ noun, color, shape }) => (noun === undefined ? [color, shape] : [noun]);

/**
 * What stands in the place of a picture when its true words are told: one word for each patch that a thing covers, the patches of a
 * thing taking turns among its words. Patches of the ground say nothing.
 */
export function toldWords({ things, patches }) {
  const turns = things.map(() => 0);
  return patches
    .filter((owner) => owner >= 0)
    .map((owner) => {
      const words = askedWords(things[owner]);
      return words[turns[owner]++ % words.length];
    });
}

/** The same questions with the true words in the place of the picture. */
export function toldQuestions(questions, scenes) {
  const byImage = new Map(scenes.map((scene) => [scene.image, scene]));
  return questions.map((question) => {
    const words = toldWords(byImage.get(question.image)).map((word) => ` ${word}`);
    return { ...question, image: null, prompt: question.prompt.replace(IMAGE, words.join("")) };
  });
}

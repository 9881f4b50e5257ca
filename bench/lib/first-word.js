// How often the first word that an adapter names at a patch is true of what covers it, on pictures whose things are known.
import { join } from "node:path";
import { explainImages } from "../../dist/src/explain/explain.js";
import { planExplanation } from "../../dist/src/explain/plan-explanation.js";
import { share } from "./real-figures.js";
import { SYNONYMS } from "./synonyms.js";

/** Kinds of patches: [what is told, sums of right words and patches of one picture]. */
const KINDS = ["first word", "emoji", "drawn things", "first word or a synonym", "of another picture"];

/**
 * Shares with intervals over pictures. A word is true when it is the noun of an emoji, or the colour, the shape or the size of a drawn
 * thing; "of another picture" holds the words against the things of the next picture's same patches, and is what chance gives.
 */
export async function firstWordTrue({ adapter, world, pictures, ...execution }) {
  const images = pictures.map((name) => join(world.images, name));
  const plan = await planExplanation({ images, adapter, vision: world.vision, top: 1 });
  const scenes = new Map(world.scenes.map((scene) => [scene.image, scene]));
  const { tokens } = plan.views[0];
  const sums = Object.fromEntries(KINDS.map((kind) => [kind, []]));
  let index = 0;
  for await (const { views } of explainImages(plan, execution)) {
    const said = views[0].patches.map(({ tokens: [first] }) => spelled(tokens[first?.row]));
    const [scene, next] = [index, index + 1].map((at) => scenes.get(pictures[at % pictures.length]));
    index++;
    const tally = tallyPicture(said, scene, next);
    for (const kind of KINDS) sums[kind].push(tally[kind]);
  }
  return Object.fromEntries(
    KINDS.map((kind) => [kind, sums[kind].some(([, all]) => all > 0) ? share(sums[kind]) : null]),
  );
}

const spelled = (token) => (token?.bytes ?? "").trim().toLowerCase();

/** Right words and patches of one picture by kind; `said` is the first word of each patch, "" for none. */
export function tallyPicture(said, { things, patches }, next) {
  const tally = Object.fromEntries(KINDS.map((kind) => [kind, [0, 0]]));
  const count = (kind, isRight) => {
    tally[kind][0] += Number(isRight);
    tally[kind][1] += 1;
  };
  patches.forEach((owner, at) => {
    if (owner < 0) return;
    const thing = things[owner];
    const isTrue = trueWords(thing).includes(said[at]);
    count("first word", isTrue);
    count(thing.noun === undefined ? "drawn things" : "emoji", isTrue);
    count("first word or a synonym", isTrue || trueWords(thing).some((word) => SYNONYMS[word]?.includes(said[at])));
    const other = next.things[next.patches[at]];
    if (other !== undefined) count("of another picture", trueWords(other).includes(said[at]));
  });
  return tally;
}

const trueWords = ({ noun, size, color, shape }) => (noun === undefined ? [color, shape, size] : [noun]);

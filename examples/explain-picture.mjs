// What an adapter sees in one picture, patch by patch, printed in the shape of the picture.
//
//   node explain-picture.mjs PICTURE ADAPTER VISION
import { explainImages, planExplanation } from "langbridge";

const [picture, adapter, vision] = process.argv.slice(2);
if (picture === undefined || adapter === undefined || vision === undefined) {
  throw new Error("usage: node explain-picture.mjs PICTURE ADAPTER VISION");
}

const plan = await planExplanation({ images: [picture], adapter, vision, by: "sparse", top: 3 });
for (const warning of plan.warnings) console.warn(warning);
const { tokens } = plan.views[0];
const { columns } = plan.grid;

for await (const { views } of explainImages(plan, { cacheFolder: ".langbridge-cache" })) {
  const cells = views[0].patches.map((patch) =>
    patch.tokens.map(({ row, weight }) => `${tokens[row].string} ${weight.toFixed(2)}`).join(", "),
  );
  const width = Math.max(...cells.map(({ length }) => length));
  for (let first = 0; first < cells.length; first += columns) {
    const line = cells.slice(first, first + columns);
    console.log(
      line
        .map((cell) => cell.padEnd(width))
        .join(" | ")
        .trimEnd(),
    );
  }
}

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { loadAdapter } from "../../src/adapter/load.js";
import { chooseLens } from "../../src/explain/choose-lens.js";
import { FAMILIES, WORLD } from "../helpers/small-world.js";

interface Named {
  readonly kind: string;
  readonly by: string;
  readonly contrast: boolean;
  readonly top3: number;
}

const measured = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bench", "measured", "explain.json");
const { named } = JSON.parse(readFileSync(measured, "utf8")) as { readonly named: readonly Named[] };

/** What a way names among the first three tokens, in mean over what is looked through. */
function meanNamed(by: string, contrast: boolean): number {
  const rows = named.filter((row) => row.by === by && row.contrast === contrast);
  return rows.reduce((sum, { top3 }) => sum + top3, 0) / rows.length;
}

test.each(FAMILIES)("the default way of seeing is the one that names most: %s", async (family) => {
  const adapter = await loadAdapter(join(WORLD, "adapters", family, "paper-0"));
  const { lens, reason } = await chooseLens({ adapter, top: 5 });
  expect(reason).toMatch(/names most/);
  const others = ["weights", "sparse", "cosine"].flatMap((by) => [false, true].map((contrast) => ({ by, contrast })));
  const best = others.sort((a, b) => meanNamed(b.by, b.contrast) - meanNamed(a.by, a.contrast))[0];
  expect(best).toEqual({ by: lens.by, contrast: false });
});

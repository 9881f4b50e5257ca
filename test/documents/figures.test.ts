import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { ROOT } from "../helpers/markdown.js";
import { readJson } from "../helpers/read-json.js";

interface Picture {
  readonly pixels: readonly string[];
  readonly views: readonly {
    readonly name: string;
    readonly patches: readonly (readonly (readonly [token: string, weight: number])[])[];
  }[];
  readonly questions: readonly {
    readonly question: string;
    readonly right: string;
    readonly answers: readonly string[];
  }[];
}

test("README's picture shows what the adapters see and answer today", () => {
  const script = `import { picture } from "./bench/picture.js"; process.stdout.write(JSON.stringify(await picture()));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const [now, shown] = [JSON.parse(printed) as Picture, readJson(ROOT, "bench", "measured", "picture.json") as Picture];
  expect(now.questions).toEqual(shown.questions);
  expect(now.pixels).toEqual(shown.pixels);
  now.views.forEach(({ name, patches }, view) => {
    const before = shown.views[view]!;
    expect(name).toBe(before.name);
    patches.forEach((tokens, patch) => {
      expect(tokens.map(([token]) => token)).toEqual(before.patches[patch]!.map(([token]) => token));
      // Two decimals are shown; another processor may round the last one otherwise.
      tokens.forEach(([, weight], i) => expect(weight).toBeCloseTo(before.patches[patch]![i]![1], 1));
    });
  });
});

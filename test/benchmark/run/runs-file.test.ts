import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readRuns } from "../../../src/benchmark/run/runs-file.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();

function written(text: string): string {
  const path = join(root, "runs.yaml");
  writeFileSync(path, text);
  return path;
}

describe("readRuns", () => {
  test("reads runs with what holds for all, and paths from the folder of the file", async () => {
    const text = `
data: eval
limit: 200
runs:
  - benchmark: pope
  - {benchmark: custom, data: ../own/q.jsonl, images: pictures, name: own, limit: 5, seed: 1, metric-variant: strict}
  - benchmark: gqa
    blind: true
`;
    const all = { images: undefined, name: undefined, variant: undefined, blind: false };
    expect(await readRuns(written(text))).toEqual([
      { ...all, benchmark: "pope", data: join(root, "eval", "pope"), selection: { limit: 200, seed: null } },
      {
        ...{ benchmark: "custom", data: join(root, "..", "own", "q.jsonl"), images: join(root, "pictures") },
        ...{ name: "own", selection: { limit: 5, seed: 1 }, variant: "strict", blind: false },
      },
      { ...all, benchmark: "gqa", data: join(root, "eval", "gqa"), selection: { limit: 200, seed: null }, blind: true },
    ]);
  });

  test.each([
    ["is no YAML", "runs: [", /runs\.yaml: is not valid YAML: /],
    ["has no runs", "data: eval", /runs\.yaml: "runs": expected array/],
    ["has a field of another name", "runs: [{benchmark: pope, dta: x}]", /"runs\.0": Unrecognized key: "dta"/],
    ["names no data", "runs: [{benchmark: pope}]", /"runs\.0": has no "data", and the file names none/],
    ["has a name that is no folder's", "runs: [{benchmark: pope, data: x, name: ../x}]", /expected a name of letters/],
    [
      "multiplies aliases without end",
      `a: &a [1,1,1,1,1,1,1,1,1,1]\n${[..."bcdefg"].map((c, i) => `${c}: &${c} [${Array(10).fill(`*${"abcdef"[i]}`).join(",")}]`).join("\n")}`,
      /is not valid YAML: Excessive alias count/,
    ],
  ])("refuses a file that %s", async (_what, text, message) => {
    await expect(readRuns(written(text))).rejects.toThrow(message);
  });
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readVerbatimJson, verbatimText } from "../../src/files/verbatim-json.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const path = join(temporaryFolder(), "file.json");

async function again(text: string): Promise<string> {
  writeFileSync(path, text);
  return verbatimText(await readVerbatimJson(path));
}

test("numbers keep their spelling, and strings that look like them stay strings", async () => {
  const text = `{
  "rope_theta": 10000.0,
  "eps": 1e-05,
  "large": 1000000000000000019884624838656,
  "list": [
    8.0,
    -0.0,
    2,
    0.5
  ],
  "time_step_limit": [
    0.0,
    Infinity,
    -Infinity,
    NaN
  ],
  "text": "8.0, Infinity and \\"1e-05\\", \\\\",
  "nul": "\\u0000number:x",
  "none": null
}
`;
  expect(await again(text)).toBe(text);
});

test("what is changed on the way is written as it was set", async () => {
  writeFileSync(path, '{"a": 1.0, "b": 2.0}');
  const value = (await readVerbatimJson(path)) as object;
  expect(JSON.parse(verbatimText({ ...value, b: 3 }))).toEqual({ a: 1, b: 3 });
  expect(verbatimText({ ...value, b: 3 })).toContain('"a": 1.0');
});

test("an error names the place in the file as it is", async () => {
  writeFileSync(path, '{"a": 1.0, }');
  await expect(readVerbatimJson(path)).rejects.toThrow(/file\.json: is not valid JSON: .*position 11/);
});

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { requireOwnResults } from "../../../src/benchmark/compare/own-results.js";
import { requireOwnRun } from "../../../src/benchmark/run/run-store.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();
let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
});
const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);

const OWN_RESULTS = '{"format":"langbridge-results","version":1}';
const OWN_RUN = '{"format":"langbridge-run","version":1}';
const FOREIGN = ['{"accuracy": 1}', "[]", "null", "not JSON", "", '{"format":"langbridge-run"}'];

test("an empty folder, and one that is not there, hold nothing that could be lost", async () => {
  await requireOwnResults(folder);
  await requireOwnRun(folder);
  await requireOwnRun(join(folder, "none"));
});

test("results and answers of this tool may be replaced", async () => {
  put("results.json", OWN_RESULTS);
  put("answers.jsonl", "{}");
  await requireOwnResults(folder);
  await requireOwnRun(folder);
});

test("answers of a run that did not come to its results are known by its manifest", async () => {
  put("answers.jsonl", "{}");
  put("run.json", OWN_RUN);
  await requireOwnRun(folder);
});

describe("what something else wrote stays", () => {
  test.each(FOREIGN)("results.json: %s", async (text) => {
    put("results.json", text);
    const message = `${join(folder, "results.json")}: is there already, and langbridge did not write it; move it away, or choose another --output`;
    await expect(requireOwnResults(folder)).rejects.toThrow(message);
    await expect(requireOwnRun(folder)).rejects.toThrow(message);
  });

  test.each(["", ...FOREIGN.slice(0, 5), OWN_RESULTS])("answers.jsonl beside a run.json of %s", async (manifest) => {
    put("answers.jsonl", '{"question_id": 1}');
    if (manifest !== "") put("run.json", manifest);
    await expect(requireOwnRun(folder)).rejects.toThrow("answers.jsonl: is there already, and langbridge did not");
    await requireOwnResults(folder);
  });
});

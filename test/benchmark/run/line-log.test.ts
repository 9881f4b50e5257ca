import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { LineLog } from "../../../src/benchmark/run/line-log.js";
import { dataFolder } from "../../helpers/data-folder.js";

/** What a log holds after "new" is appended to `content`. */
async function appended(content: string | undefined): Promise<string> {
  const path = join(dataFolder(content === undefined ? {} : { "log.jsonl": content }), "log.jsonl");
  const log = await LineLog.open(path, { durable: true });
  await log.append("new");
  await log.close();
  return readFileSync(path, "utf8");
}

test.each([
  ["no file", undefined, "new\n"],
  ["an empty file", "", "new\n"],
  ["whole lines", "a\nb\n", "a\nb\nnew\n"],
  ["a torn line", "a\nb", "a\nnew\n"],
  ["a torn first line", "a", "new\n"],
  ["a torn line longer than what is read at a time", `a\n${"b".repeat(200_000)}`, "a\nnew\n"],
])("after %s it begins a new line and loses no whole one", async (_name, before, after) => {
  expect(await appended(before)).toBe(after);
});

test("a path that cannot be written is one line", async () => {
  await expect(LineLog.open("/nowhere/log", { durable: false })).rejects.toThrow(
    /^\/nowhere\/log: cannot be written: no such file or folder$/,
  );
});

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { LineLog } from "../../src/files/line-log.js";
import { dataFolder } from "../helpers/data-folder.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const folder = temporaryFolder();

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

test("a link is neither cut nor written to: a run's folder may come from elsewhere", async () => {
  const victim = join(folder, "victim");
  writeFileSync(victim, "line\ntail");
  const link = join(folder, "link.jsonl");
  symlinkSync(victim, link);
  await expect(LineLog.open(link, { durable: true })).rejects.toThrow(
    `${link}: is a link, and what it leads to may be another's; remove it, or choose another folder`,
  );
  const dangling = join(folder, "dangling.jsonl");
  symlinkSync(join(folder, "new"), dangling);
  await expect(LineLog.open(dangling, { durable: true })).rejects.toThrow("is a link");
  expect(readFileSync(victim, "utf8")).toBe("line\ntail");
  expect(existsSync(join(folder, "new"))).toBe(false);
});

test("a pipe and a folder are refused at once", async () => {
  const pipe = join(folder, "pipe.jsonl");
  execFileSync("mkfifo", [pipe]);
  await expect(LineLog.open(pipe, { durable: true })).rejects.toThrow("is not a regular file but a pipe");
  await expect(LineLog.open(folder, { durable: true })).rejects.toThrow("cannot be written: is a folder");
});

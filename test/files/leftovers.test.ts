import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { writeFolderAtomically } from "../../src/files/atomic-folder.js";
import { writeTextAtomically } from "../../src/files/file-writer.js";
import { recoverOutput, tidyLeftovers } from "../../src/files/leftovers.js";
import { parseTemporary, temporaryNames, type TemporaryNames } from "../../src/files/temporary-sibling.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
let parent: string;
let out: string;
let count = 0;
beforeEach(() => {
  parent = join(root, String(count++));
  mkdirSync(parent);
  out = join(parent, "out");
});

/** Names as a process that has ended since would have used them, of this machine or another. */
async function namesOfDead(path: string, machine?: string): Promise<TemporaryNames> {
  const { pid } = spawnSync("true");
  const names = await temporaryNames(path);
  const rename = (name: string): string => {
    const { owner } = parseTemporary(basename(name))!;
    return name.replace(`${owner.machine}-${owner.pid}-`, `${machine ?? owner.machine}-${pid}-`);
  };
  return { partial: rename(names.partial), replaced: rename(names.replaced), removed: rename(names.removed) };
}

function makeFolder(path: string, text: string): void {
  mkdirSync(path);
  writeFileSync(join(path, "file"), text);
}

const contentOf = (path: string): string => readFileSync(join(path, "file"), "utf8");

/** Where a run with --force may be killed, what is there then, and what the next run makes of it. */
const MOMENTS = [
  { moment: "while it writes", there: ["partial", "out"], becomes: "old" },
  { moment: "between the two renames", there: ["partial", "replaced"], becomes: "new" },
  { moment: "after both", there: ["out", "replaced"], becomes: "old" },
  { moment: "while it deletes", there: ["out", "removed"], becomes: "old" },
  { moment: "while it puts the old one back", there: ["replaced"], becomes: "aside" },
] as const;
const TEXT = { partial: "new", replaced: "aside", removed: "torn", out: "old" } as const;

describe.each(MOMENTS)("a run that was killed $moment", ({ there, becomes }) => {
  const fall = async (path: string): Promise<void> => {
    const names = { ...(await namesOfDead(path)), out: path };
    for (const kind of there) makeFolder(names[kind], TEXT[kind]);
  };

  test("is finished by the next one that writes beside it", async () => {
    await fall(out);
    await tidyLeftovers(join(parent, "another"));
    expect(readdirSync(parent)).toEqual(["out"]);
    expect(contentOf(out)).toBe(becomes);
  });

  test("and its output has a name that had to be cut", async () => {
    const long = join(parent, "ö".repeat(110));
    await fall(long);
    await tidyLeftovers(long);
    expect(readdirSync(parent)).toEqual([basename(long)]);
    expect(contentOf(long)).toBe(becomes);
  });
});

test("an output that a kill hid is found by whoever reads it", async () => {
  const names = await namesOfDead(out);
  makeFolder(names.partial, "new");
  makeFolder(names.replaced, "old");
  await recoverOutput(join(parent, "other"));
  expect(readdirSync(parent)).toHaveLength(2);
  await recoverOutput(out);
  expect(readdirSync(parent)).toEqual(["out"]);
  expect(contentOf(out)).toBe("new");
});

describe("what is left alone", () => {
  test("what a run that lives writes", async () => {
    const names = await temporaryNames(out);
    makeFolder(names.partial, "new");
    makeFolder(names.replaced, "old");
    await tidyLeftovers(out);
    expect(readdirSync(parent)).toHaveLength(2);
  });

  test("what another machine wrote within a day; after it, it is nobody's", async () => {
    const names = await namesOfDead(out, "00000000");
    makeFolder(names.partial, "new");
    await tidyLeftovers(out);
    expect(readdirSync(parent)).toHaveLength(1);
    const old = new Date(Date.now() - 25 * 3600 * 1000);
    utimesSync(names.partial, old, old);
    await tidyLeftovers(out);
    expect(readdirSync(parent)).toHaveLength(1); // A file in it was written just now.
    utimesSync(join(names.partial, "file"), old, old);
    await tidyLeftovers(out);
    expect(readdirSync(parent)).toEqual([]);
  });

  test("names that only look alike", async () => {
    const names = [".out.partial", ".out.0123456789ab.partial", "out.00000000-1-1-0123456789ab.partial", ".hidden"];
    for (const name of names) writeFileSync(join(parent, name), "");
    await tidyLeftovers(out);
    expect(readdirSync(parent).sort()).toEqual([...names].sort());
  });
});

test("hidden names are as long as a file system takes, whatever the output is called", async () => {
  for (const base of ["x".repeat(255), "日".repeat(85), "😀".repeat(63), "a\nb", ".x.partial"]) {
    for (const name of Object.values(await temporaryNames(join(parent, base)))) {
      expect(Buffer.byteLength(basename(name))).toBeLessThanOrEqual(255);
      expect(parseTemporary(basename(name))).toBeDefined();
    }
  }
  const longest = join(parent, "y".repeat(255));
  await writeTextAtomically(longest, "text");
  expect(readdirSync(parent)).toEqual([basename(longest)]);
  await expect(writeTextAtomically(`${longest}y`, "text")).rejects.toMatchObject({
    name: "InputError",
    message: expect.stringMatching(/the name or the path is too long; choose a shorter one$/) as unknown,
  });
});

test("two runs that make one new folder: the first has it, the second says so in one line", async () => {
  const write = async (folder: string): Promise<void> => {
    writeFileSync(join(folder, "file"), "x");
    await new Promise((resolve) => setTimeout(resolve, 30));
  };
  const results = await Promise.allSettled([1, 2, 3, 4].map(() => writeFolderAtomically(out, write)));
  const failed = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  expect(failed).toHaveLength(3);
  for (const { message } of failed) {
    expect(message).toBe(
      `${out}: cannot be written: another program has put something there meanwhile; look at it, then run the same again`,
    );
  }
  expect(readdirSync(parent)).toEqual(["out"]);
});

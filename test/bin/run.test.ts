import { spawnSync } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { platform } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { WORLD } from "../helpers/small-world.js";

const RUN = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "run.js");
const onLinux = platform() === "linux" && existsSync("/dev/full") ? describe : describe.skip;

onLinux("the program", () => {
  test("says in one line that what it prints to is full", () => {
    const stdout = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, [RUN, "inspect", join(WORLD, "qwen2"), "--quiet"], {
      stdio: ["ignore", stdout, "pipe"],
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([
      1,
      "langbridge: standard output: cannot be written: the disk is full; free some space or choose another folder\n",
    ]);
  });

  test("starts where neither home folder nor shell is known", () => {
    // Only the superuser may become a number that no list of users holds; others keep their own, which has one.
    const uid = process.getuid!() === 0 ? 54321 : undefined;
    const env: NodeJS.ProcessEnv = { ...process.env };
    delete env["HOME"];
    delete env["SHELL"];
    const options = { env, encoding: "utf8", ...(uid !== undefined && { uid, gid: uid }) } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, "--version"], options);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^langbridge\//);
  });
});

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { acquireLock } from "../../src/files/process-lock.js";
import { dataFolder } from "../helpers/data-folder.js";

const newPath = (): string => join(dataFolder(), "work.lock");

function written(holder: object | string): string {
  const path = newPath();
  writeFileSync(path, typeof holder === "string" ? holder : JSON.stringify(holder));
  return path;
}

/** The number of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ["--version"]).pid;

async function expectFree(path: string): Promise<void> {
  const lock = await acquireLock(path, "the work");
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid, host: hostname() });
  await lock.release();
  expect(existsSync(path)).toBe(false);
}

describe("acquireLock", () => {
  test("keeps a second holder out until it is released", async () => {
    const path = newPath();
    const lock = await acquireLock(path, "the work");
    await expect(acquireLock(path, "the work")).rejects.toThrow(
      `the work: process ${process.pid} on ${hostname()} is at work on it; wait for it or end it`,
    );
    await lock.release();
    await expectFree(path);
  });

  test("takes over from a process that was killed", async () => {
    await expectFree(written({ host: hostname(), pid: deadPid(), started: "1" }));
  });

  test("tells a process from a later one with the same number", async () => {
    await expectFree(written({ host: hostname(), pid: process.pid, started: "1" }));
  });

  test("takes over a lock that its process died while writing", async () => {
    await expectFree(written(""));
    await expectFree(written('{"host":'));
  });

  test("believes another machine's lock as long as it is touched", async () => {
    const path = written({ host: "another", pid: 1, started: "1" });
    await expect(acquireLock(path, "the work")).rejects.toThrow("process 1 on another is at work on it");
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(path, longAgo, longAgo);
    await expectFree(path);
  });

  test("a folder that is not there is one line", async () => {
    await expect(acquireLock("/nowhere/work.lock", "the work")).rejects.toThrow(
      /^\/nowhere\/work\.lock: cannot be locked: no such file or folder$/,
    );
  });
});

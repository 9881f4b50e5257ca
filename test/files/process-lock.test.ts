import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { acquireLock, checkUnheld, waitForLock } from "../../src/files/process-lock.js";
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

describe("waitForLock", () => {
  test("takes the lock once its holder has released it", async () => {
    const path = newPath();
    const lock = await acquireLock(path, "the work");
    let taken = false;
    const waiting = waitForLock(path, "the work").then((next) => {
      taken = true;
      return next;
    });
    await sleep(100);
    expect(taken).toBe(false);
    await lock.release();
    await (await waiting).release();
    expect(existsSync(path)).toBe(false);
  });

  test("waits for no lock that cannot be taken at all", async () => {
    await expect(waitForLock("/nowhere/work.lock", "the work")).rejects.toThrow(/no such file or folder$/);
  });
});

describe("checkUnheld", () => {
  test("refuses a living process's lock and passes over a dead one's, which it leaves", async () => {
    const path = newPath();
    await checkUnheld(path, "the work");
    const lock = await acquireLock(path, "the work");
    await expect(checkUnheld(path, "the work")).rejects.toThrow(/^the work: process \d+ on .* is at work on it/);
    await lock.release();
    const stale = written({ host: hostname(), pid: deadPid(), started: "1" });
    await checkUnheld(stale, "the work");
    expect(existsSync(stale)).toBe(true);
  });
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, test } from "@jest/globals";

const isRoot = process.geteuid?.() === 0;

/** A file system of `kilobytes` of its own, to be filled; undefined where this user may not mount one. */
export function tinyDisk(kilobytes: number): string | undefined {
  if (!isRoot) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "langbridge-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder]).status === 0;
  afterAll(() => {
    if (mounted) spawnSync("umount", [folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return mounted ? folder : undefined;
}

/** `test` for what needs a tiny disk; skipped, and named at the end of the run, where none can be mounted. */
export function testWithDisk(disk: string | undefined): typeof test {
  if (disk === undefined)
    process.stderr.write("NOTE: no small disk can be mounted here: disk-full tests are skipped\n");
  return disk === undefined ? (test.skip as typeof test) : test;
}

const NOBODY = 65534;

/** Runs `use` as a user whom permissions bind: root may write everywhere, so it gives up its rights meanwhile. */
export async function withoutPrivileges<T>(use: () => Promise<T>): Promise<T> {
  if (!isRoot) return use();
  process.seteuid!(NOBODY);
  try {
    return await use();
  } finally {
    process.seteuid!(0);
  }
}

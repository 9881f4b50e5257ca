import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "@jest/globals";

/** A folder for the files of one test file; removed when its tests have run. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "langbridge-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

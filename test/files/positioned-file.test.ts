import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { withFile } from "../../src/files/positioned-file.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "langbridge-"));
  writeFileSync(join(folder, "ten"), "0123456789");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("PositionedFile", () => {
  test("reads the bytes asked for and no others", async () => {
    const path = join(folder, "ten");
    expect(await withFile(path, async (file) => String(await file.read(3, 4)))).toBe("3456");
    expect(await withFile(path, (file) => Promise.resolve(file.size))).toBe(10);
  });

  test("a read past the end names the file and the byte where it ends", async () => {
    const reading = withFile(join(folder, "ten"), (file) => file.read(8, 4));
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(/ten: ends at byte 10, but bytes 8 to 12/);
  });

  test("an absent file and a folder are input errors that name the path", async () => {
    await expect(withFile(join(folder, "none"), () => Promise.resolve())).rejects.toThrow(/none: .*no such file/);
    await expect(withFile(folder, () => Promise.resolve())).rejects.toThrow(/is not a regular file/);
  });
});

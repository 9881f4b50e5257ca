import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { forEachJsonLine, forEachLine } from "../../src/files/lines.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "langbridge-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function linesOf(content: string | Buffer): Promise<[string, number, number][]> {
  const path = join(folder, "lines");
  writeFileSync(path, content);
  const found: [string, number, number][] = [];
  await forEachLine(path, (line, number, offset) => found.push([line.toString(), number, offset]));
  return found;
}

describe("forEachLine", () => {
  test("gives lines without their ends, numbered from 1, with their byte offsets", async () => {
    expect(await linesOf("é\nb\r\n\nlast")).toEqual([
      ["é", 1, 0],
      ["b", 2, 3],
      ["", 3, 6],
      ["last", 4, 7],
    ]);
  });

  test("visits nothing after the last line end, and nothing in an empty file", async () => {
    expect(await linesOf("only\n")).toEqual([["only", 1, 0]]);
    expect(await linesOf("")).toEqual([]);
  });

  test("puts lines together that are longer than a chunk, and hashes the whole file", async () => {
    const long = "x".repeat(700_000);
    const content = `a\n${long}\nb\n`;
    expect(await linesOf(content)).toEqual([
      ["a", 1, 0],
      [long, 2, 2],
      ["b", 3, 700_003],
    ]);
    const digest = await forEachLine(join(folder, "lines"), () => undefined);
    expect(digest).toEqual({
      sha256: createHash("sha256").update(content).digest("hex"),
      bytes: content.length,
      lines: 3,
    });
  });

  test("an absent file is an input error that names it", async () => {
    await expect(forEachLine(join(folder, "none"), () => undefined)).rejects.toThrow(/none: cannot be read: no such/);
  });
});

describe("forEachJsonLine", () => {
  test("passes over blank lines and names file and line of what is not JSON", async () => {
    const path = join(folder, "answers.jsonl");
    writeFileSync(path, '{"a":1}\n\n{"a":2}\n');
    const values: unknown[] = [];
    const digest = await forEachJsonLine(path, (value, line) => values.push([value, line]));
    expect(values).toEqual([
      [{ a: 1 }, 1],
      [{ a: 2 }, 3],
    ]);
    expect(digest.lines).toBe(2);
    writeFileSync(path, '{"a":1}\n{"a":');
    const reading = forEachJsonLine(path, () => undefined);
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(/answers\.jsonl: line 2: is not valid JSON/);
  });
});

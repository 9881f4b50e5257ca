import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { forEachTableRow, type TableRow } from "../../../src/benchmark/tasks/tsv.js";

let path: string;
beforeAll(() => {
  path = join(mkdtempSync(join(tmpdir(), "langbridge-")), "table.tsv");
});
afterAll(() => rmSync(join(path, ".."), { recursive: true }));

async function rowsOf(content: string, places: readonly string[] = []): Promise<TableRow[]> {
  writeFileSync(path, content);
  const rows: TableRow[] = [];
  await forEachTableRow(path, new Set(places), (row) => {
    // The bytes of a place are only lent.
    const copied = Object.entries(row.places).map(([name, place]) => [
      name,
      { ...place, bytes: Buffer.from(place.bytes) },
    ]);
    rows.push({ ...row, places: Object.fromEntries(copied) as TableRow["places"] });
  });
  return rows;
}

describe("forEachTableRow", () => {
  test("splits at tabs and keeps empty fields", async () => {
    const rows = await rowsOf("index\thint\tA\n1\t\tdog\r\n2\tsee\t\n");
    expect(rows.map(({ text }) => text)).toEqual([
      { index: "1", hint: "", A: "dog" },
      { index: "2", hint: "see", A: "" },
    ]);
  });

  test('a quoted field holds tabs, line ends and "" for a quote; a quote inside a plain field is itself', async () => {
    const rows = await rowsOf('q\ta\n"two\nlines\tand ""one"" tab"\tsay "hi"\nplain\t""\n');
    expect(rows.map(({ text }) => text)).toEqual([
      { q: 'two\nlines\tand "one" tab', a: 'say "hi"' },
      { q: "plain", a: "" },
    ]);
  });

  test("the place of a field is its byte range in the file", async () => {
    const [, second] = await rowsOf('q\timage\té\n"a\nb"\tAAAA\tx\nü\tQkJC\ty\n', ["image"]);
    const { byteOffset, bytes } = second!.places["image"]!;
    expect(bytes.toString()).toBe("QkJC");
    expect(
      readFileSync(path)
        .subarray(byteOffset, byteOffset + 4)
        .toString(),
    ).toBe("QkJC");
    expect(second!.text).toEqual({ q: "ü", é: "y" });
  });

  test("a row with another number of fields, and an end inside quotes, name the file", async () => {
    await expect(rowsOf("a\tb\n1\n")).rejects.toThrow(/table\.tsv: row 1 has 1 fields, the header has 2/);
    await expect(rowsOf('a\tb\n1\t"open\n')).rejects.toThrow(/table\.tsv: ends inside a quoted field/);
  });
});

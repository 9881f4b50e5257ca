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
    const copied = [...row.places].map(
      ([name, place]) => [name, { ...place, bytes: Buffer.from(place.bytes) }] as const,
    );
    rows.push({ ...row, places: new Map(copied) });
  });
  return rows;
}

const textsOf = (rows: readonly TableRow[]): object[] => rows.map(({ text }) => Object.fromEntries(text));

describe("forEachTableRow", () => {
  test("splits at tabs and leaves empty fields out", async () => {
    const rows = await rowsOf("index\thint\tA\n1\t\tdog\r\n2\tsee\t\n");
    expect(textsOf(rows)).toEqual([
      { index: "1", A: "dog" },
      { index: "2", hint: "see" },
    ]);
  });

  test('a quoted field holds tabs, line ends and "" for a quote; a quote inside a plain field is itself', async () => {
    const rows = await rowsOf('q\ta\n"two\nlines\tand ""one"" tab"\tsay "hi"\nplain\t""\n');
    expect(textsOf(rows)).toEqual([{ q: 'two\nlines\tand "one" tab', a: 'say "hi"' }, { q: "plain" }]);
  });

  test("the place of a field is its byte range in the file", async () => {
    const [, second] = await rowsOf('q\timage\té\n"a\nb"\tAAAA\tx\nü\tQkJC\ty\n', ["image"]);
    const { byteOffset, bytes } = second!.places.get("image")!;
    expect(bytes.toString()).toBe("QkJC");
    expect(
      readFileSync(path)
        .subarray(byteOffset, byteOffset + 4)
        .toString(),
    ).toBe("QkJC");
    expect(Object.fromEntries(second!.text)).toEqual({ q: "ü", é: "y" });
  });

  test("a row with another number of fields, and an end inside quotes, name the file", async () => {
    await expect(rowsOf("a\tb\n1\n")).rejects.toThrow(/table\.tsv: row 1 has 1 fields, the header has 2/);
    await expect(rowsOf('a\tb\n1\t"open\n')).rejects.toThrow(/table\.tsv: ends inside a quoted field/);
  });
});

/** What pandas reads; test/goldens/make/tables.py wrote it. */
interface Golden {
  readonly text: string;
  readonly refused?: true;
  readonly rows?: readonly Readonly<Record<string, string>>[];
  readonly options?: readonly (readonly string[])[];
}

const GOLDENS = join(import.meta.dirname, "..", "..", "goldens", "tables.json");
const goldens = JSON.parse(readFileSync(GOLDENS, "utf8")) as Golden[];

describe("tables as pandas reads them", () => {
  test.each(goldens.map((golden, number) => [number, golden] as const))(
    "number %i",
    async (_, { text, rows, refused }) => {
      if (refused) await expect(rowsOf(text)).rejects.toThrow(/has \d+ fields, the header has \d+/);
      else expect(textsOf(await rowsOf(text))).toEqual(rows);
    },
  );
});

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Parser } from "@oclif/core";
import { describe, expect, test } from "@jest/globals";
import Eval from "../commands/eval/index.js";
import EvalCompare from "../commands/eval/compare.js";
import Explain from "../commands/explain.js";
import Transfer from "../commands/transfer.js";
import { formatTable, right } from "../src/layout/table.js";
// Plain JavaScript: it runs before anything is built.
// eslint-disable-next-line @typescript-eslint/ban-ts-comment
// @ts-ignore
import * as demo from "../scripts/demo-commands.js";

const { COMMANDS, shownRows, startText, TABLES } = demo as {
  readonly COMMANDS: readonly { readonly name: string }[];
  readonly TABLES: readonly Readonly<Record<string, string>>[];
  readonly shownRows: (titles: Readonly<Record<string, string>>, at: number) => readonly (readonly [string, string])[];
  readonly startText: (table: string, page: string) => string;
};
const ROOT = resolve(import.meta.dirname, "..");
/** npm writes two headings of four lines above what a script prints. */
const LINES_OF_NPM = 8;

const rows = TABLES.flatMap((titles, at) => shownRows(titles, at).map(([, title]) => [title, "99.0 %"]));
const text = startText(formatTable([{ header: "200 questions" }, right("right")], rows), "file:///page/index.html");
const lines = text.split("\n");

/** The commands as a shell would run them, its variable and function put in. */
const shared = /^W=(\S+); E\(\) \{ (.*) "\$@"; \}$/m.exec(text)!;
const typed = lines
  .slice(lines.indexOf(shared[0]) + 1)
  .map((line) => line.replace(/^E /, `${shared[2]} `).replaceAll("$W", shared[1]!));

describe("what npm start shows", () => {
  test("is under 40 lines with npm's own, and the table comes first", () => {
    expect(lines.length + LINES_OF_NPM).toBeLessThanOrEqual(40);
    expect(lines[0]).toMatch(/^200 questions +right$/);
    expect(text.indexOf("file:///page/index.html")).toBeLessThan(text.indexOf("langbridge"));
  });

  test("names each command that ran once", () => {
    const outputs = typed.flatMap((line) => / -o (\S+)$/.exec(line)?.[1] ?? []);
    expect(outputs).toEqual([...COMMANDS.map(({ name }) => name), join(".cache", "start")]);
    expect(typed).toHaveLength(COMMANDS.length + TABLES.length + 1);
    expect(new Set(typed).size).toBe(typed.length);
    const compared = new Set(TABLES.flatMap((titles) => Object.keys(titles)));
    expect(outputs).toEqual(expect.arrayContaining([...compared]));
  });

  test.each(typed)("can be typed: %s", async (line) => {
    const [program, ...words] = line.split(" ");
    expect(program).toBe("langbridge");
    const kinds = { "eval compare": EvalCompare, eval: Eval, explain: Explain, transfer: Transfer };
    const [name, command] = Object.entries(kinds).find(([each]) => words.join(" ").startsWith(`${each} `))!;
    // A folder that an earlier command makes is any folder here.
    const made = new Set(COMMANDS.map((each) => each.name));
    const argv = words.slice(name.split(" ").length).map((word) => (made.has(word) ? ROOT : word));
    const { flags, args, strict } = command as Parameters<typeof Parser.parse>[1] & { strict?: boolean };
    await Parser.parse(argv, { flags, args, strict: strict ?? true } as Parameters<typeof Parser.parse>[1]);
    for (const path of argv.filter((word) => word.startsWith("fixtures"))) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    }
  });
});

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readDocument, readDocuments, ROOT } from "../helpers/markdown.js";
import { readJson } from "../helpers/read-json.js";

interface Manifest {
  readonly commands: Readonly<
    Record<string, { readonly flags: Readonly<Record<string, { readonly allowNo?: boolean }>> }>
  >;
}
const { commands } = readJson(ROOT, "oclif.manifest.json") as Manifest;

describe("README.md", () => {
  const { text } = readDocument("README.md");

  test("is at most 150 lines and 1,300 words", () => {
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
    expect(text.split(/\s+/).length).toBeLessThanOrEqual(1300);
  });
});

test("ARCHITECTURE.md is one page of at most 80 lines", () => {
  expect(readDocument("ARCHITECTURE.md").text.trimEnd().split("\n").length).toBeLessThanOrEqual(80);
});

test("parts of the documents that are made elsewhere are up to date", () => {
  const check = spawnSync(process.execPath, [join(ROOT, "scripts", "docs.js"), "--check"], { encoding: "utf8" });
  expect(check.stderr).toBe("");
  expect(check.status).toBe(0);
});

test("every command has a page with its flags", () => {
  for (const id of Object.keys(commands)) {
    const name = id.replaceAll(":", "-");
    const { text } = readDocument(`docs/commands/${name}.md`);
    expect(text).toContain(`<!-- flags ${name} -->`);
    for (const [flag, { allowNo }] of Object.entries(commands[id]!.flags)) {
      expect(text).toContain(allowNo ? `--[no-]${flag}` : `--${flag}`);
    }
  }
});

test("commands that documents show have the flags they are shown with", () => {
  const shown = readDocuments()
    .filter(({ path }) => path !== "CHANGELOG.md")
    .flatMap(({ path, codeBlocks }) =>
      codeBlocks.flatMap(({ code }) => commandLines(code).map((line) => ({ path, line }))),
    );
  expect(shown.length).toBeGreaterThan(20);
  for (const { path, line } of shown) {
    const [id, words] = commandOf(line);
    const known = Object.entries(commands[id]!.flags).flatMap(([name, { allowNo }]) => [
      `--${name}`,
      ...(allowNo ? [`--no-${name}`] : []),
    ]);
    const used = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.split("=")[0]);
    expect({ path, line, unknown: used.filter((flag) => !["--help", "--version", ...known].includes(flag!)) }).toEqual({
      path,
      line,
      unknown: [],
    });
  }
});

/** `langbridge ...` as somebody would type it; lines that end in a backslash go on. */
function commandLines(code: string): string[] {
  const lines = code.replaceAll(/\\\n\s*/g, "").split(/\n|&&|\|\|/);
  return lines.map((line) => line.trim()).filter((line) => /^langbridge [a-z]/.test(line) && !line.includes("[flags]"));
}

/** Id of the command and the words behind it, comments left out. */
function commandOf(line: string): [id: string, words: string[]] {
  const [, ...words] = line.replace(/\s#.*$/, "").split(/\s+/);
  const two = words.slice(0, 2).join(":");
  return two in commands ? [two, words.slice(2)] : [words[0]!, words.slice(1)];
}

describe("docs/troubleshooting.md", () => {
  const { headings } = readDocument("docs/troubleshooting.md");
  const sources = ["src", "cli", "commands"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(ROOT, folder, name), "utf8").replaceAll(/["`]\s*\+\s*["`]/g, "")),
  );
  // Headings of sections have no code; those of errors are nothing else.
  const errors = [...readDocument("docs/troubleshooting.md").text.matchAll(/^### `(.*)`$/gm)].map(([, text]) => text!);

  test.each(errors)("is about an error that there is: %s", (error) => {
    expect(headings).toContain(error);
    const pieces = error
      .split("…")
      .map((piece) => piece.replace(/^[\s;,]+|[\s;,]+$/g, ""))
      .filter((piece) => piece.length > 3);
    expect(pieces.length).toBeGreaterThan(0);
    expect(sources.some((source) => pieces.every((piece) => source.includes(piece)))).toBe(true);
  });
});

test("docs/adding.md names tables that are where it says", () => {
  const rows = [...readDocument("docs/adding.md").text.matchAll(/`([A-Z_]+)` in `(src\/[\w./-]+)`/g)];
  expect(rows.length).toBeGreaterThan(8);
  for (const [, table, file] of rows)
    expect(readFileSync(join(ROOT, file!), "utf8")).toMatch(new RegExp(`const ${table}\\b`));
});

describe("docs/models.md and docs/commands/eval.md", () => {
  test("name every family that runs", async () => {
    const { readDecoderSpec } = await import("../../src/model/llm/llm-families.js");
    const supported = messageOf(() => readDecoderSpec({ model_type: "none" }, "x"))
      .split("supported: ")[1]!
      .split(", ");
    const { text } = readDocument("docs/models.md");
    expect(supported.length).toBeGreaterThan(3);
    for (const family of supported) expect(text).toContain(`\`${family}\``);
  });

  test("name every benchmark and every conversation", async () => {
    const { BENCHMARKS } = await import("../../src/benchmark/tasks/benchmarks.js");
    const { CONVERSATION_NAMES } = await import("../../src/prompt/conversations.js");
    const page = readDocument("docs/commands/eval.md").text;
    for (const name of Object.keys(BENCHMARKS)) expect(page).toContain(`| \`${name}\``);
    const models = readDocument("docs/models.md").text;
    for (const name of CONVERSATION_NAMES) expect(models).toContain(`\`${name}\``);
  });
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("expected an error");
}

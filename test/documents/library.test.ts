import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformSync } from "@swc/core";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { readDocument, ROOT } from "../helpers/markdown.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const LIBRARY = pathToFileURL(join(ROOT, "dist", "src", "index.js")).href;

/** What the documents call folders and files, and what they are here. */
const PLACES: Readonly<Record<string, string>> = {
  adapter: join(WORLD, "adapters", "llama2", "paper-0"),
  "llama-3-8b": join(WORLD, "qwen2"),
  "clip-vit-large-patch14-336": join(WORLD, "vision"),
  "photo.jpg": join(WORLD, "images", "scene_0000.png"),
};

const blocks = ["README.md", "docs/library.md"].flatMap((path) =>
  readDocument(path)
    .codeBlocks.filter(({ language }) => language === "ts")
    .map(({ code }, index) => ({ path, index, code })),
);

const nameOf = ({ path, index }: { path: string; index: number }): string => `${path.replaceAll(/\W/g, "-")}-${index}`;

/** The code with the places of this machine; it runs once its types are gone. */
function prepared(code: string): string {
  return Object.entries(PLACES).reduce(
    (text, [name, place]) => text.replaceAll(JSON.stringify(name), JSON.stringify(place)),
    code,
  );
}

/** Each block is a module of its own; those of one document run in one folder, one after another. */
function run(block: (typeof blocks)[number]): string {
  const folder = join(root, block.path.replaceAll(/\W/g, "-"));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${nameOf(block)}.mjs`);
  writeFileSync(file, withoutTypes(prepared(block.code).replaceAll('"langbridge"', JSON.stringify(LIBRARY))));
  return execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function withoutTypes(code: string): string {
  return transformSync(code, { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "es6" } })
    .code;
}

test("code of the documents type-checks with strict", () => {
  const folder = join(root, "types");
  mkdirSync(folder);
  for (const block of blocks) writeFileSync(join(folder, `${nameOf(block)}.mts`), block.code);
  const compilerOptions = {
    ...{
      module: "NodeNext",
      target: "ES2023",
      strict: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      noEmit: true,
    },
    ...{ types: ["node"], typeRoots: [join(ROOT, "node_modules", "@types")] },
    paths: { langbridge: [join(ROOT, "dist", "src", "index.d.ts")] },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.mts"] }));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
});

test("the code of README.md is at most 15 lines, blank ones left out", () => {
  const [block, ...others] = blocks.filter(({ path }) => path === "README.md");
  expect(others).toEqual([]);
  expect(block!.code.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(15);
});

describe("code of the documents runs on the small world", () => {
  const said = new Map<string, string>();
  beforeAll(() => {
    for (const block of blocks) said.set(nameOf(block), run(block));
  });
  const outputs = (path: string): string[] =>
    blocks.filter((block) => block.path === path).map((block) => said.get(nameOf(block))!);

  test("README.md: transfers and answers", () => {
    const [output] = outputs("README.md");
    expect(output).toContain("exact: 417");
    expect(output!.trimEnd().split("\n").at(-1)).toMatch(/\w/);
  });

  test("docs/library.md: every block says what it is there for", () => {
    const [transfer, found, answers, chatted, explained, compared, exported, interrupted, ...others] =
      outputs("docs/library.md");
    expect(others).toEqual([]);
    expect(transfer).toContain("93.1 % of the rows are one target token");
    expect(transfer).toContain("rows read back equal to their source bit for bit");
    expect(found!.trim()).toBe(PLACES["llama-3-8b"]);
    expect(answers).toMatch(
      /^diamond \(\d+ tokens, 0 of \d+ of the prompt were kept\)\n.+ \(\d+ tokens, [1-9]\d* of \d+ /m,
    );
    expect(chatted).toMatch(/\w/);
    expect(explained).toContain("▁diamond 0.36, ▁green 0.30");
    expect(compared).toMatch(/^exact 417 0\.93/);
    expect(exported).toMatch(/onnx\/decoder_model_merged\.onnx gives for .* what the parts give in place/);
    expect(interrupted).toBe("");
  });
});

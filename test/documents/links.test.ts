import { existsSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readDocument, readDocuments, ROOT } from "../helpers/markdown.js";

const documents = readDocuments();
const OWN_FILE = /^(src|cli|commands|test|bench|scripts|fixtures|docs|examples)\/[\w./-]*$/;

describe.each(documents)("$path", ({ path, links, anchors, codeSpans }) => {
  test("links to what is there", () => {
    const relative = links.filter((link) => !/^[a-z]+:/i.test(link));
    expect(relative.filter((link) => !leadsSomewhere(link))).toEqual([]);
  });

  function leadsSomewhere(link: string): boolean {
    const [file, anchor] = link.split("#") as [string, string?];
    const target = file === "" ? path : posix.join(dirname(path), decodeURI(file));
    if (!existsSync(join(ROOT, target))) return false;
    return anchor === undefined || (target === path ? anchors : readDocument(target).anchors).has(anchor);
  }

  test("names files of the project that are there", () => {
    // `src/x.ts`, `test/y/` and the like, without patterns and placeholders.
    const named = codeSpans.filter((span) => OWN_FILE.test(span) && !/^docs\/api|NAME/.test(span));
    expect(named.filter((span) => !existsSync(join(ROOT, span)))).toEqual([]);
  });
});

test("every document of docs/ is reached from README.md", () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path) || !existsSync(join(ROOT, path)) || statSync(join(ROOT, path)).isDirectory()) return;
    reached.add(path);
    if (!path.endsWith(".md")) return;
    for (const link of readDocument(path).links) {
      if (!/^[a-z]+:|^#/i.test(link)) visit(posix.join(dirname(path), link.split("#")[0]!));
    }
  };
  visit("README.md");
  const pages = documents.map(({ path }) => path).filter((path) => path.startsWith("docs/"));
  expect(pages.filter((path) => !reached.has(path))).toEqual([]);
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readDocument, readDocuments, ROOT } from "../helpers/markdown.js";

/** Words that said in another way what a word of docs/glossary.md says, each with that word. */
const REPLACED: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/\b(kept above (the )?blind|share kept)\b/i, "retention"],
  [/\bleft over\b|\bwhat is left of (a|the|each) (vector|patch)\b|\bunexplained\b/i, "residual"],
  [/\b(Eyes|lookAt|seenThrough|seenBy)\b/, "preprocessing"],
  [/\bmeterMatrix\b|\bMetered\w*/, "measure"],
  [/\bweighed\w*(Graph|Decoder)\b/i, "plan"],
  [
    /\b(adapters?|projectors?|rows?) (is|are|was|were|to be) moved\b|\bmov(e|es|ed|ing) (an|the|this|your) adapter\b/i,
    "transfer",
  ],
  [/\badapter to move\b|\bLLM to move (it )?to\b|\bthe move (cost|costs|kept|keeps|lost)\b/i, "transfer"],
  [/\b(moved|move|moving) (adapter|projector)s?\b/i, "transfer"],
  [/\bbase run\b|\bfloor run\b/i, "baseline"],
  [/\bimage (cells?|tiles?|squares?)\b/i, "patch"],
  [/\blacking tokens?\b/i, "missing token"],
  [/\bbridge tokens?\b/i, "shared token"],
];

const TERM = /^- \*\*(?<term>[^*]+)\*\*(?:, or \*\*[^*]+\*\*)?: (?<meaning>.+)$/gm;

describe("docs/glossary.md", () => {
  const { text } = readDocument("docs/glossary.md");
  const terms = [...text.matchAll(TERM)].map(({ groups }) => ({
    term: groups!["term"]!.replaceAll("`", ""),
    meaning: groups!["meaning"]!,
  }));

  test("has each term once, in one sentence", () => {
    expect(terms.length).toBe(text.split("\n").filter((line) => line.startsWith("- ")).length);
    expect(terms.length).toBeGreaterThan(50);
    const names = terms.map(({ term }) => term.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    for (const { meaning } of terms) expect(meaning).toMatch(/^[^.]*(?:\.\w[^.]*)*\.$/);
  });

  test("has only terms that the code, the help or the documents use", () => {
    const used = [...sourceFiles(), ...documents().filter(({ path }) => path !== "docs/glossary.md")];
    const all = used.map(({ text: content }) => content.toLowerCase()).join("\n");
    // Names in code are written together: "vocabulary matrix" is vocabularyMatrix there.
    const spellings = (term: string): readonly string[] => [term, term.replaceAll(" ", ""), term.replaceAll(" ", "-")];
    const unused = terms.filter(
      ({ term }) => !spellings(term.toLowerCase()).some((spelling) => all.includes(spelling)),
    );
    expect(unused.map(({ term }) => term)).toEqual([]);
  });
});

test.each(REPLACED)("no file says %s, which is called a %s", (pattern, word) => {
  const found = [...sourceFiles(), ...documents()].flatMap(({ path, text }) => {
    // Sentences go on in the next line of a comment or a paragraph.
    const said = pattern.exec(text.replace(/\s*\n\s*(?:\*|\/\/)?\s*/g, " "));
    return said === null ? [] : [`${path}: "${said[0]}", say ${word}`];
  });
  expect(found).toEqual([]);
});

interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The history keeps the words that it was written in. */
const documents = (): readonly TextFile[] => readDocuments().filter(({ path }) => path !== "CHANGELOG.md");

const sourceFiles = (): readonly TextFile[] =>
  ["src", "cli", "commands"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(ROOT, folder, name), "utf8") })),
  );

import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { coverageCurve } from "../../src/inspect/coverage.js";
import { compareVocabularies, vocabularySource } from "../../src/inspect/overlap.js";
import { readTokenizer } from "../../src/vocabulary/read-tokenizer.js";
import type { RowMatch } from "../../src/vocabulary/row-match.js";
import { countsOfTokens } from "../../src/inspect/token-counts.js";
import { parseTokenList } from "../../src/vocabulary/token-list.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { byteLevelTokenizer, sentencePieceTokenizer, writeFiles } from "../helpers/tokenizer-files.js";

const root = temporaryFolder();
const read = (name: string, file: object): ReturnType<typeof readTokenizer> =>
  readTokenizer(writeFiles(join(root, name), { "tokenizer.json": file }));

// Source: 256 bytes, 5 texts, 3 added. Target: 3 control, 256 bytes, 4 texts.
const source = vocabularySource(
  await read(
    "source",
    byteLevelTokenizer({
      tokens: ["Ġcat", "Ã©", "Ġcats", "ing", "Âł"],
      added: [{ content: "<|endoftext|>" }, { content: "<|box|>" }, { content: "<|reserved_1|>" }],
    }),
  ),
  "source",
);
const target = {
  name: "target",
  vocabulary: await read("target", sentencePieceTokenizer({ tokens: ["▁cat", "é", "s", "ing"] })),
};
const overlap = compareVocabularies(source, target);

describe("compareVocabularies", () => {
  test("counts each class with its shares of source, target and union", () => {
    // Exact: " cat", "é", "ing", "s" and the 128 bytes from 0x80; byte: the 127 other ASCII bytes.
    const counts = Object.fromEntries(overlap.classes.map(({ match, sourceTokens }) => [match, sourceTokens]));
    expect(counts).toEqual({ exact: 132, byte: 127, special: 1, subword: 2, missing: 2 });
    expect(overlap.source.tokens).toBe(264);
    expect(overlap.target.tokens).toBe(263);
    expect(overlap.union).toBe(264 + 263 - 260);
    const [exact, , , subword] = overlap.classes;
    expect(exact).toMatchObject({ targetTokens: 132, ofSource: 132 / 264, ofTarget: 132 / 263, ofUnion: 132 / 267 });
    // " cats" is ▁cat? no merge leads there: bytes 20, 63, 61, 74 and "s"; U+00A0 is two bytes.
    expect(subword).toMatchObject({ sourceTokens: 2, targetTokens: 7, ofUnion: 2 / 267 });
    expect(overlap.missing).toEqual({ text: 0, byte: 0, special: 1, reserved: 1, unused: 0 });
  });

  test("tells what comparing spellings would have found, and where it is wrong", () => {
    const { found, wrong, onlyByBytes } = overlap.strings;
    // "s", "ing" and "é", which is the byte E9 in the byte-level alphabet.
    expect(found).toBe(3);
    expect(wrong).toEqual([{ source: "é", target: "é", text: "<E9>" }]);
    expect(onlyByBytes).toHaveLength(132 + 127 - 2);
    expect(onlyByBytes).toContainEqual({ source: "Ġcat", target: "▁cat", text: " cat" });
    expect(onlyByBytes).toContainEqual({ source: "Ċ", target: "<0x0A>", text: "\n" });
  });

  test("counts how many target rows a token is made of", () => {
    expect(overlap.rowsPerToken).toEqual([260, 1, 0, 0, 1, 0, 0, 0]);
  });

  test("sorts text by script", () => {
    const scripts = new Map(overlap.scripts.map(({ script, ...share }) => [script, share]));
    // 52 letters, " cat", "é", "ing" whole; " cats" in pieces.
    expect(scripts.get("Latin")).toEqual({ tokens: 56, whole: 55, subword: 1, missing: 0 });
    expect(scripts.get("part of a character")).toEqual({ tokens: 128, whole: 128, subword: 0, missing: 0 });
  });

  test("gives examples of each class that can be read", () => {
    expect(overlap.examples.filter(({ match }) => match === "subword")).toEqual([
      { match: "subword", source: "Ġcats", text: " cats", target: ["<0x20>", "<0x63>", "<0x61>", "<0x74>", "s"] },
      { match: "subword", source: "Âł", text: "\u00a0", target: ["<0xC2>", "<0xA0>"] },
    ]);
    expect(overlap.examples.filter(({ match }) => match === "exact")).toHaveLength(5);
  });

  test("names a vocabulary's tokens, kinds and roles", () => {
    expect(overlap.target).toEqual({
      name: "target",
      tokenizer: "SentencePiece BPE",
      size: 263,
      tokens: 263,
      kinds: { text: 4, byte: 256, special: 3, reserved: 0, unused: 0 },
      roles: { unk: "<unk>", "begin-of-text": "<s>", "end-of-text": "</s>", bos: "<s>", eos: "</s>" },
      notes: [],
    });
  });
});

describe("counts", () => {
  const list = (json: object): ReturnType<typeof parseTokenList> => parseTokenList(JSON.stringify(json), "counts.json");

  test("are placed by bytes, however the file spells them", () => {
    const { ofTokens, uncounted } = countsOfTokens(list({ "▁cat": 100, é: 100, "▁dog": 7, "</s>": 1 }), source.tokens);
    const at = (string: string): number => ofTokens[source.tokens.findIndex((token) => token.string === string)]!;
    expect([at("Ġcat"), at("Ã©"), at("é")]).toEqual([100, 100, 0]);
    expect(uncounted).toEqual({ tokens: 2, occurrences: 8 });
  });

  test("weight classes and coverage, and put frequent tokens first", () => {
    const counts = countsOfTokens(list({ Ġcats: 60, Ġcat: 30, "Ã©": 10, Ġdog: 5 }), source.tokens);
    const weighted = compareVocabularies(source, target, { counts });
    const shares = Object.fromEntries(weighted.classes.map(({ match, ofOccurrences }) => [match, ofOccurrences]));
    expect(shares).toEqual({ exact: 0.4, byte: 0, special: 0, subword: 0.6, missing: 0 });
    expect(weighted.coverage.at(-1)!.ofOccurrences).toEqual({ whole: 0.4, subword: 0.6, missing: 0 });
    expect(weighted.examples.find(({ match }) => match === "exact")!.text).toBe(" cat");
    expect(weighted.uncounted).toEqual({ tokens: 1, occurrences: 5 });
  });

  test("are refused where a file holds none", () => {
    expect(() => countsOfTokens(list(["Ġcat"]), source.tokens)).toThrow(/counts\.json: holds no counts; expected/);
    expect(() => countsOfTokens(list({ Ġcat: 300, Ġdog: 301 }), source.tokens)).toThrow(/holds no counts/);
  });
});

describe("coverageCurve", () => {
  const row = (match: RowMatch["match"]): RowMatch => ({ match, ids: [], weights: [] });
  const whole = new Set(["exact"] as const);

  test("looks at the first 1,000, 5,000 and so on, and at all", () => {
    const rows = Array.from({ length: 6000 }, (_, i) => row(i < 500 ? "exact" : i < 2000 ? "subword" : "missing"));
    expect(coverageCurve(rows, whole, undefined)).toEqual([
      { first: 1000, whole: 0.5, subword: 0.5, missing: 0 },
      { first: 5000, whole: 0.1, subword: 0.3, missing: 0.6 },
      { first: 6000, whole: 500 / 6000, subword: 1500 / 6000, missing: 4000 / 6000 },
    ]);
  });

  test("orders by falling count", () => {
    const rows = [...Array.from({ length: 1000 }, () => row("missing")), row("exact")];
    const counts = rows.map(({ match }) => (match === "exact" ? 9 : 1));
    const [first] = coverageCurve(rows, whole, counts);
    expect(first).toMatchObject({ first: 1000, whole: 0.001, ofOccurrences: { whole: 9 / 1008, subword: 0 } });
  });
});

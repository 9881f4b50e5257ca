import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readTokenizer } from "../../src/vocabulary/read-tokenizer.js";
import { createSplitter } from "../../src/vocabulary/split-bytes.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import {
  byteLevelTokenizer,
  sentencePieceTokenizer,
  unigramTokenizer,
  wordPieceTokenizer,
  writeFiles,
} from "../helpers/tokenizer-files.js";

const root = temporaryFolder();
let made = 0;

/** Spellings of the pieces, or undefined where the bytes cannot be covered. */
async function pieces(file: object, bytes: string): Promise<(string | undefined)[] | undefined> {
  const vocabulary = await readTokenizer(writeFiles(join(root, String(made++)), { "tokenizer.json": file }));
  return createSplitter(vocabulary)(bytes)?.map((id) => vocabulary.strings[id]);
}

describe("splitting bytes with byte-level BPE", () => {
  const file = byteLevelTokenizer({
    tokens: ["Ġc", "at", "in", "ing", "Ġcat"],
    merges: ["Ġ c", "a t", "i n", ["in", "g"], "Ġc at", "x y"],
  });

  test("merges the pair of lowest rank first", async () => {
    expect(await pieces(file, " cating")).toEqual(["Ġcat", "ing"]);
  });

  test("adds no word start", async () => {
    expect(await pieces(file, "cat")).toEqual(["c", "at"]);
  });

  test("splits part of a character into bytes", async () => {
    expect(await pieces(file, "\xe2\x80")).toEqual(["â", "Ģ"]);
  });

  test("ignores merges into tokens that the vocabulary lacks", async () => {
    expect(await pieces(file, "xy")).toEqual(["x", "y"]);
  });
});

describe("splitting bytes with BPE and byte fallback", () => {
  const file = sentencePieceTokenizer({
    tokens: ["▁", "c", "a", "t", "i", "n", "g", "▁c", "at", "in", "ing"],
    merges: ["▁ c", "a t", "i n", "in g"],
  });

  test("spells a space as ▁ and adds none", async () => {
    expect(await pieces(file, "ing")).toEqual(["ing"]);
    expect(await pieces(file, " cat")).toEqual(["▁c", "at"]);
  });

  test("takes byte tokens for characters the vocabulary lacks and for stray bytes", async () => {
    expect(await pieces(file, "a\xc3\xa9\n")).toEqual(["a", "<0xC3>", "<0xA9>", "<0x0A>"]);
    expect(await pieces(file, "\xe2\x80")).toEqual(["<0xE2>", "<0x80>"]);
  });

  test("never takes the special token </s> for its four characters", async () => {
    expect(await pieces(file, "</s>")).toEqual(["<0x3C>", "<0x2F>", "<0x73>", "<0x3E>"]);
  });
});

describe("splitting bytes with Unigram", () => {
  const scored: [string, number][] = [
    ["▁", -2],
    ["a", -3],
    ["b", -3],
    ["ab", -5],
    ["ba", -5.5],
    ["▁a", -3.5],
    ["é", -6],
  ];

  test("takes the split of greatest probability", async () => {
    expect(await pieces(unigramTokenizer(scored), "aba")).toEqual(["ab", "a"]);
    expect(await pieces(unigramTokenizer(scored), " ab")).toEqual(["▁a", "b"]);
  });

  test("keeps the longest last piece of equal splits", async () => {
    const even: [string, number][] = [
      ["a", -1],
      ["aa", -2],
    ];
    expect(await pieces(unigramTokenizer(even), "aaa")).toEqual(["a", "aa"]);
  });

  test("gives up on a byte that no token covers", async () => {
    expect(await pieces(unigramTokenizer(scored), "a\n")).toBeUndefined();
    expect(await pieces(unigramTokenizer(scored), "\xc3")).toBeUndefined();
  });

  test("falls back to bytes where the model has them, for unknown characters only", async () => {
    const bytes = Array.from({ length: 256 }, (_, byte): [string, number] => [
      `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
      0,
    ]);
    const file = unigramTokenizer([...scored, ...bytes], { byte_fallback: true });
    expect(await pieces(file, "\xc3\xa9\n")).toEqual(["é", "<0x0A>"]);
    expect(await pieces(file, "ab\xe2\x82\xac")).toEqual(["ab", "<0xE2>", "<0x82>", "<0xAC>"]);
  });
});

describe("splitting bytes with WordPiece", () => {
  test("takes the longest token from the left; a word start is a space", async () => {
    const file = wordPieceTokenizer(["play", "##ing", "##i", "in"]);
    expect(await pieces(file, " playing in")).toEqual(["play", "##ing", "in"]);
    expect(await pieces(file, "ing")).toEqual(["##ing"]);
    expect(await pieces(file, "play")).toBeUndefined();
  });
});

describe("a token of 8,000 letters", () => {
  const letters = "abcdefgh".repeat(1000);
  const tokens = ["a", "b", "c", "d", "e", "f", "g", "h", "ab", "cd", "abcd", letters];

  test.each<[string, object]>([
    ["byte-level BPE", byteLevelTokenizer({ tokens: tokens.slice(8), merges: ["a b", "c d", "ab cd"] })],
    ["Unigram", unigramTokenizer(tokens.map((token) => [token, token.length > 4 ? -1e6 : -token.length] as const))],
    ["WordPiece", wordPieceTokenizer(tokens.map((token) => `##${token}`))],
  ])("is split by %s, and hundreds of them are refused", async (_, file) => {
    const vocabulary = await readTokenizer(writeFiles(join(root, String(made++)), { "tokenizer.json": file }));
    const split = createSplitter(vocabulary);
    const ids = split(`b${letters}`)!;
    expect(ids.map((id) => vocabulary.strings[id]!.replace("##", "")).join("")).toBe(`b${letters}`);
    const many = (): void => Array.from({ length: 428 }).forEach(() => split("x".repeat(8000)));
    expect(many).toThrow(
      /splitting the source's tokens into its pieces takes too long; the last of them has 8000 bytes/,
    );
  });
});

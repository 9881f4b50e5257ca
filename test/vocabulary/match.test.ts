import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { matchTokens } from "../../src/vocabulary/match.js";
import { readTokenizer } from "../../src/vocabulary/read-tokenizer.js";
import { tokensOfVocabulary, type SourceToken } from "../../src/vocabulary/source-token.js";
import type { TokenizerVocabulary } from "../../src/vocabulary/token.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { byteLevelTokenizer, sentencePieceTokenizer, writeFiles } from "../helpers/tokenizer-files.js";

const root = temporaryFolder();
let made = 0;
const read = (file: object, config: object = {}): Promise<TokenizerVocabulary> =>
  readTokenizer(writeFiles(join(root, String(made++)), { "tokenizer.json": file, "tokenizer_config.json": config }));

const source = await read(
  byteLevelTokenizer({
    tokens: ["Ġcat", "ing", "Ġnew", "âĤ", "Ã©", "aa"],
    added: [
      { content: "<|endoftext|>" },
      { content: "<|im_start|>" },
      { content: "<|im_end|>" },
      { content: "<|reserved_1|>" },
    ],
  }),
  { eos_token: "<|im_end|>", pad_token: "<|endoftext|>" },
);
const target = await read(
  sentencePieceTokenizer({
    tokens: ["▁cat", "ing", "▁", "n", "e", "w", "ew", "é", "▁ing", "a"],
    merges: ["e w"],
  }),
  { bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>" },
);

const token = (spelling: string): SourceToken => tokensOfVocabulary(source).find(({ string }) => string === spelling)!;

/** [match, spellings, weights] of each row. */
function rows(spellings: readonly string[], options: Parameters<typeof matchTokens>[2] = {}): unknown[] {
  return matchTokens(spellings.map(token), target, options).map(({ match, ids, weights }) => [
    match,
    ids.map((id) => target.strings[id]),
    weights,
  ]);
}

describe("matchTokens", () => {
  test("matches by bytes: a space is a space however it is spelled", () => {
    expect(rows(["Ġcat", "Ã©", "ing"])).toEqual([
      ["exact", ["▁cat"], [1]],
      ["exact", ["é"], [1]],
      ["exact", ["ing"], [1]],
    ]);
  });

  test("says so when text is found as a byte token only", () => {
    expect(rows(["Ċ", "â"])).toEqual([
      ["byte", ["<0x0A>"], [1]],
      ["exact", ["<0xE2>"], [1]],
    ]);
  });

  test("makes a missing token of its pieces in equal parts, without a word start", () => {
    expect(rows(["Ġnew", "âĤ"])).toEqual([
      ["subword", ["▁", "n", "ew"], [1 / 3, 1 / 3, 1 / 3]],
      ["subword", ["<0xE2>", "<0x82>"], [0.5, 0.5]],
    ]);
  });

  test("counts a piece that occurs twice twice, in one weight", () => {
    expect(rows(["aa"])).toEqual([["subword", ["a"], [1]]]);
  });

  test("leaves missing tokens empty when they are to be dropped", () => {
    expect(rows(["Ġnew", "Ġcat"], { missing: "drop" })).toEqual([
      ["missing", [], []],
      ["exact", ["▁cat"], [1]],
    ]);
  });

  test("matches special tokens by role, reserved ones never", () => {
    expect(rows(["<|endoftext|>", "<|reserved_1|>"])).toEqual([
      ["special", ["</s>"], [1]],
      ["missing", [], []],
    ]);
  });

  test("never lets two special tokens become one", () => {
    expect(rows(["<|im_end|>", "<|endoftext|>", "<|im_start|>"])).toEqual([
      ["missing", [], []],
      ["special", ["</s>"], [1]],
      ["missing", [], []],
    ]);
    expect(rows(["<|im_end|>"])).toEqual([["special", ["</s>"], [1]]]);
  });

  test("matches equal names before equal roles", async () => {
    const phi = await read(sentencePieceTokenizer({ added: [{ content: "<|endoftext|>" }, { content: "<|end|>" }] }));
    const [end, text] = matchTokens(["<|im_end|>", "<|endoftext|>"].map(token), phi);
    expect([phi.strings[end!.ids[0]!], phi.strings[text!.ids[0]!]]).toEqual(["<|end|>", "<|endoftext|>"]);
  });

  test("never matches a special token with the text of its name", async () => {
    const text = await read(byteLevelTokenizer({ tokens: ["<|im_end|>"] }));
    expect(matchTokens([token("<|im_end|>")], text)).toEqual([{ match: "missing", ids: [], weights: [] }]);
  });

  test("matches a vocabulary with itself completely", () => {
    const all = tokensOfVocabulary(source);
    const matched = matchTokens(all, source);
    expect(matched.flatMap(({ ids }) => ids)).toEqual(all.flatMap(({ id, kind }) => (kind === "reserved" ? [] : [id])));
  });
});

describe("rows that the user gives", () => {
  test("override a token by text of the target", () => {
    expect(rows(["Ġcat", "Ġnew"], { overrides: [{ token: "Ġcat", text: "newn" }] })).toEqual([
      ["override", ["n", "ew"], [2 / 3, 1 / 3]],
      ["subword", ["▁", "n", "ew"], [1 / 3, 1 / 3, 1 / 3]],
    ]);
  });

  test("name a special token of the target by its spelling, a source token by its text", () => {
    const overrides = [
      { token: "<|im_end|>", text: "</s>" },
      { token: " new", text: " cat" },
    ];
    expect(rows(["<|im_end|>", "Ġnew"], { overrides })).toEqual([
      ["override", ["</s>"], [1]],
      ["override", ["▁cat"], [1]],
    ]);
  });

  test("add up over the lines of a mapping, with the weights as they are", () => {
    const mapping = [
      { source: "Ġnew", target: "▁cat", weight: 0.75, place: "m.tsv:1" },
      { source: "Ġnew", target: "ing", weight: -0.5, place: "m.tsv:2" },
    ];
    expect(rows(["Ġnew"], { mapping })).toEqual([["mapping", ["▁cat", "ing"], [0.75, -0.5]]]);
  });

  test.each<[string, Parameters<typeof matchTokens>[2], string]>([
    [
      "an override of no token",
      { overrides: [{ token: "Ġdog", text: "a" }] },
      '--override: "Ġdog" is no token of the adapter\'s 1 rows',
    ],
    [
      "a mapping of no source token",
      { mapping: [{ source: "dog", target: "a", weight: 1, place: "m.tsv:7" }] },
      'm.tsv:7: "dog" is no token of the adapter\'s 1 rows',
    ],
    [
      "a mapping to no target token",
      { mapping: [{ source: "Ġcat", target: "▁dog", weight: 1, place: "m.tsv:8" }] },
      'm.tsv:8: "▁dog" is no token of ',
    ],
    [
      "a pair given twice",
      { mapping: [1, 2].map((line) => ({ source: "Ġcat", target: "a", weight: 1, place: `m.tsv:${line}` })) },
      'm.tsv:2: "Ġcat" is already made of "a"',
    ],
    [
      "a token given twice",
      {
        mapping: [{ source: "Ġcat", target: "a", weight: 1, place: "m.tsv:9" }],
        overrides: [{ token: "Ġcat", text: "a" }],
      },
      '--override: "Ġcat" is also given by m.tsv:9; keep one of them',
    ],
  ])("%s is an error that names the place", (_, options, message) => {
    expect(() => rows(["Ġcat"], options)).toThrow(message);
  });
});

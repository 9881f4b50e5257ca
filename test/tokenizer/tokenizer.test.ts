import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { buildTokenizer } from "../../src/tokenizer/tokenizer.js";
import { numberAddedTokens } from "../../src/vocabulary/added-vocabulary.js";
import { parseTokenizerFile } from "../../src/vocabulary/tokenizer-json.js";

interface Golden {
  readonly name: string;
  readonly file: unknown;
  readonly texts: readonly string[];
  /** Null where the crate fails. */
  readonly ids: readonly (readonly number[] | null)[];
  readonly decoded: readonly (string | null)[];
  /** Decoded texts of the ids from the last to the first, of those texts that have ids. */
  readonly backwards: readonly (string | null)[];
}

/** Written by test/goldens/make/tokenizer_files.py. */
const goldens = JSON.parse(
  readFileSync(join(import.meta.dirname, "../goldens/tokenizers.json"), "utf8"),
) as readonly Golden[];

function open(json: unknown) {
  const file = parseTokenizerFile(json, "tokenizer.json");
  const special = { named: {}, numbered: {}, additional: [], added: [], files: [] };
  return buildTokenizer(json, file, numberAddedTokens(file, special));
}

describe("a tokenizer.json at work", () => {
  test.each(goldens.map((golden) => [golden.name, golden] as const))("%s: as the Rust crate", (_, golden) => {
    const tokenizer = open(golden.file);
    golden.texts.forEach((text, index) => {
      const ids = golden.ids[index]!;
      if (ids === null) return;
      expect([text, tokenizer.encode(text)]).toEqual([text, ids]);
      if (golden.decoded[index] !== null) expect([text, tokenizer.decode(ids)]).toEqual([text, golden.decoded[index]]);
    });
    const backwards = golden.ids.filter((ids) => ids !== null && ids.length > 0).map((ids) => [...ids!].reverse());
    golden.backwards.forEach((text, index) => {
      if (text !== null) expect(tokenizer.decode(backwards[index]!)).toBe(text);
    });
  });

  test("goldens are of every component", () => {
    const types = new Set(JSON.stringify(goldens).match(/"type":"\w+"/g));
    const all =
      "BPE Unigram WordPiece WordLevel NFC NFD NFKC NFKD Lowercase StripAccents Nmt ByteLevel Strip Prepend Replace " +
      "BertNormalizer Precompiled Sequence Split Digits Punctuation Whitespace WhitespaceSplit CharDelimiterSplit " +
      "BertPreTokenizer Metaspace FixedLength UnicodeScripts ByteFallback Fuse BPEDecoder CTC";
    expect(all.split(" ").filter((type) => !types.has(`"type":"${type}"`))).toEqual([]);
  });
});

const MODEL = { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"] };

describe("a tokenizer.json that cannot be used", () => {
  test.each<[string, object, RegExp]>([
    [
      "an unknown normalizer",
      { normalizer: { type: "Unheard" } },
      /"normalizer": .*"Unheard" cannot be used; expected one of NFC/,
    ],
    [
      "a split of no behaviour",
      { pre_tokenizer: { type: "Split", pattern: { Regex: "a" }, behavior: 5, invert: false } },
      /"pre_tokenizer": "behavior": Invalid option: expected one of "Removed"/,
    ],
    [
      "a pattern of neither kind",
      { normalizer: { type: "Replace", pattern: {}, content: "" } },
      /"normalizer": "pattern": expected "String" or "Regex"/,
    ],
    [
      "a pattern that is no regular expression",
      { normalizer: { type: "Sequence", normalizers: [{ type: "Replace", pattern: { Regex: "(" }, content: "" }] } },
      /"normalizer.normalizers.0": "pattern": the regular expression "\(" cannot be used/,
    ],
    [
      "a pattern without an exact equivalent",
      { pre_tokenizer: { type: "Split", pattern: { Regex: "\\X" }, behavior: "Isolated", invert: false } },
      /the regular expression "\\\\X" cannot be used/,
    ],
    [
      "letters of several forms",
      { pre_tokenizer: { type: "Split", pattern: { Regex: "(?i:stra(?:ß)e)" }, behavior: "Isolated", invert: false } },
      /case is ignored for "S[ST]", which has more than two forms/,
    ],
    [
      "dropout",
      { model: { ...MODEL, dropout: 0.1 } },
      /model\.dropout is 0\.1, which makes ids random; set it to null/,
    ],
    [
      "a merge of strangers",
      { model: { ...MODEL, merges: ["a c"] } },
      /merge 0 needs the token "c", which model\.vocab lacks/,
    ],
    [
      "a template without a list",
      { post_processor: { type: "TemplateProcessing", single: null, special_tokens: {} } },
      /"post_processor": "single": expected array/,
    ],
    [
      "a template without the text",
      { post_processor: { type: "TemplateProcessing", single: [], special_tokens: {} } },
      /"post_processor\.single" holds the text not at all, expected once/,
    ],
    [
      "a template of strangers",
      {
        post_processor: {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: "<nope>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
          special_tokens: {},
        },
      },
      /has the token "<nope>", which its special_tokens lack/,
    ],
    [
      "a charsmap that is cut off",
      { normalizer: { type: "Precompiled", precompiled_charsmap: "/////w==" } },
      /"normalizer": "precompiled_charsmap": is cut off/,
    ],
    [
      "sequences in sequences",
      {
        normalizer: Array.from({ length: 40 }).reduce<object>((inner) => ({ type: "Sequence", normalizers: [inner] }), {
          type: "NFC",
        }),
      },
      /sequences are nested more than 16 deep/,
    ],
  ])("%s is named", (_, parts, message) => {
    const opening = (): unknown => open({ added_tokens: [], model: MODEL, ...parts });
    expect(opening).toThrow(InputError);
    expect(opening).toThrow(message);
  });

  test("an unknown token that the vocabulary lacks is named when a text needs it", () => {
    const tokenizer = open({ model: { ...MODEL, unk_token: "<nope>" } });
    expect(tokenizer.encode("ab")).toEqual([2]);
    expect(() => tokenizer.encode("abc")).toThrow(/a text needs the unknown token "<nope>", which model\.vocab lacks/);
  });
});

describe("a long text", () => {
  test("of one piece is merged whole", () => {
    const tokenizer = open({ model: MODEL });
    expect(tokenizer.encode("ab".repeat(50_000))).toEqual(Array.from({ length: 50_000 }, () => 2));
  });
});

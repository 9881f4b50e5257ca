import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { spellingOfList, tokensOfList, tokensOfListWith } from "../../src/vocabulary/list-tokens.js";
import { matchTokens } from "../../src/vocabulary/match.js";
import { readTokenizer } from "../../src/vocabulary/read-tokenizer.js";
import { createSplitter } from "../../src/vocabulary/split-bytes.js";
import { firstTokens, parseTokenList, readTokenList } from "../../src/vocabulary/token-list.js";
import { describeWithSharedData, SHARED_DATA } from "../helpers/shared-data.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { byteLevelTokenizer, writeFiles } from "../helpers/tokenizer-files.js";

const root = temporaryFolder();
const parse = (json: unknown): ReturnType<typeof parseTokenList> =>
  parseTokenList(typeof json === "string" ? json : JSON.stringify(json), "v.json");

describe("parseTokenList", () => {
  test("keeps the file's order for tokens that look like array indexes", () => {
    const list = parse('{"Ġthe": 279, "7": 22, "a": 64, "0": 15, "10": 605}');
    expect(list.tokens).toEqual(["Ġthe", "7", "a", "0", "10"]);
    expect(list.ids).toEqual([279, 22, 64, 15, 605]);
    expect(list.counts).toBeUndefined();
  });

  test.each([
    ["values beyond any id", '{"a": 5, "b": 18429030}'],
    ["values that repeat", '{"a": 5, "b": 5}'],
    ["values that only fall", '{"a": 50, "b": 40, "c": 3}'],
  ])("takes %s for counts", (_, text) => {
    const list = parse(text);
    expect(list.counts).toBeDefined();
    expect(list.ids).toBeUndefined();
  });

  test("reads a list of {token: [id, rank]}", () => {
    expect(parse([{ Ġthe: [279, 0] }, { "0": [15, 1] }])).toEqual({
      path: "v.json",
      tokens: ["Ġthe", "0"],
      ids: [279, 15],
    });
  });

  test("reads a plain list and the rows of vocabulary.json", () => {
    expect(parse(["b", "a"])).toEqual({ path: "v.json", tokens: ["b", "a"] });
    expect(parse([{ token: "b", ids: [1], weights: [1], match: "exact" }]).tokens).toEqual(["b"]);
  });

  test.each<[string, unknown, RegExp]>([
    ["a token twice in an object", '{"a": 1, "b": 2, "a": 3}', /the key "a" stands twice/],
    ["a token twice in a list", ["a", "b", "a"], /token "a" stands in row 0 and in row 2/],
    ["ranks out of order", [{ a: [5, 0] }, { b: [6, 2] }], /row 1: says its rank is 2; which order is right\?/],
    ["a value that is no number", { a: "x" }, /token "a" has "x", expected its id or its count/],
    ["a negative id", { a: -1 }, /token "a" has -1/],
    ["a row of two tokens", [{ a: [5, 0], b: [6, 1] }], /row 0: is no vocabulary; expected/],
    ["a number", 5, /v\.json: is no vocabulary; expected/],
    ["an empty object", {}, /holds no tokens/],
    ["an empty list", [], /holds no tokens/],
    ["a token of a megabyte", ["a".repeat(1e6)], /row 0: the token is 1000000 long/],
  ])("refuses %s", (_, json, message) => expect(() => parse(json)).toThrow(message));
});

describe("token lists", () => {
  test("are cut to their first rows", () => {
    const list = firstTokens(parse('{"b": 30, "0": 20, "a": 10}'), 2);
    expect(list).toEqual({ path: "v.json", tokens: ["b", "0"], counts: [30, 20] });
    expect(() => firstTokens(list, 3)).toThrow("v.json: has 2 tokens, 3 are needed");
  });

  test("hold ids, counts or neither", () => {
    expect(parse({ a: 7 })).toMatchObject({ ids: [7] });
    const counted = parse({ Ġthe: 18429030, a: 5 });
    expect([counted.ids, counted.counts]).toEqual([undefined, [18429030, 5]]);
    const bare = parse(["a"]);
    expect([bare.ids, bare.counts]).toEqual([undefined, undefined]);
  });

  test("tell by their word starts how they are spelled", () => {
    expect(spellingOfList(["a", "Ġthe", "▁"])).toBe("byte-level");
    expect(spellingOfList(["▁the", "▁a", "Ġ"])).toBe("SentencePiece");
    expect(spellingOfList(["the", "a"])).toBe("plain");
  });

  test("become bytes by their own spelling", () => {
    expect(tokensOfList(parse(["Ġthe", "Ã©", "â", "中", "<|im_end|>", "</s>", "<div>"]))).toEqual([
      { string: "Ġthe", kind: "text", bytes: " the", roles: [] },
      { string: "Ã©", kind: "text", bytes: "\xc3\xa9", roles: [] },
      { string: "â", kind: "byte", bytes: "\xe2", roles: [] },
      { string: "中", kind: "text", bytes: "\xe4\xb8\xad", roles: [] },
      { string: "<|im_end|>", kind: "special", roles: ["turn-end"] },
      { string: "</s>", kind: "text", bytes: "</s>", roles: [] },
      { string: "<div>", kind: "text", bytes: "<div>", roles: [] },
    ]);
    expect(tokensOfList(parse(["▁the", "<0x0A>", "</s>", "é"]))).toEqual([
      { string: "▁the", kind: "text", bytes: " the", roles: [] },
      { string: "<0x0A>", kind: "byte", bytes: "\n", roles: [] },
      { string: "</s>", kind: "special", roles: ["end-of-text"] },
      { string: "é", kind: "text", bytes: "\xc3\xa9", roles: [] },
    ]);
  });

  test("are checked against the tokenizer they claim", async () => {
    const folder = writeFiles(root, {
      "tokenizer.json": byteLevelTokenizer({ tokens: ["Ġthe"], added: [{ content: "<|im_end|>" }] }),
    });
    const vocabulary = await readTokenizer(folder);
    expect(tokensOfListWith(parse({ Ġthe: 256, "<|im_end|>": 257 }), vocabulary)).toEqual([
      { string: "Ġthe", id: 256, kind: "text", bytes: " the", roles: [] },
      { string: "<|im_end|>", id: 257, kind: "special", roles: ["turn-end"] },
    ]);
    expect(() => tokensOfListWith(parse({ Ġthe: 255 }), vocabulary)).toThrow(
      /v\.json: row 0: "Ġthe" has id 255, in .* it has 256; the list belongs to another tokenizer/,
    );
    expect(() => tokensOfListWith(parse(["Ġa", "Ġb"]), vocabulary)).toThrow(/row 0: "Ġa" is no token of/);
  });
});

describeWithSharedData("the authors' vocabulary files", () => {
  const file = (name: string): string => join(SHARED_DATA, "vocab", `${name}sub_llava_share_intersect_llama_qwen.json`);
  const tokenizers = { qwen: "qwen2.5", llama3: "llama3-8b-instruct" };
  const read = (name: keyof typeof tokenizers): ReturnType<typeof readTokenizer> =>
    readTokenizer(join(SHARED_DATA, "tokenizers", tokenizers[name]));
  let vocabularies: [Awaited<ReturnType<typeof read>>, Awaited<ReturnType<typeof read>>];
  // Not while the tests are listed, which they are where the data are absent too.
  beforeAll(async () => {
    vocabularies = await Promise.all([read("qwen"), read("llama3")]);
  });

  test.each([
    [19200, "19200_Qwen_", "19200_llama3_"],
    [25600, "25600_qwen_", "25600_Llama3_"],
    [32000, "32000_Qwen_", "32000_llama3_"],
  ])(
    "%d rows: each list gives the other's ids from the other's tokenizer alone",
    async (count, qwenName, llamaName) => {
      const [qwen, llama] = vocabularies;
      const qwenList = await readTokenList(file(qwenName));
      const llamaList = await readTokenList(file(llamaName));
      const ranking = firstTokens(await readTokenList(file("")), count);
      expect(qwenList.tokens).toHaveLength(count);
      const idsIn = (list: typeof qwenList, target: typeof qwen): number[] =>
        matchTokens(tokensOfList(list), target).map(({ match, ids }) => (match === "exact" ? ids[0]! : -1));
      expect(idsIn(qwenList, llama)).toEqual(llamaList.ids);
      expect(idsIn(llamaList, qwen)).toEqual(qwenList.ids);
      expect(idsIn(ranking, llama)).toEqual(llamaList.ids);
      expect(idsIn(ranking, qwen)).toEqual(qwenList.ids);
      expect(tokensOfListWith(qwenList, qwen).map(({ id }) => id)).toEqual(qwenList.ids);
      expect(() => tokensOfListWith(qwenList, llama)).toThrow(/the list belongs to another tokenizer/);
    },
  );

  test("of the 19,200 tokens 73 are part of a character and every one has pieces in Llama-2's vocabulary", async () => {
    const list = await readTokenList(file("19200_Qwen_"));
    const target = await readTokenizer(join(SHARED_DATA, "tokenizers", "tinyllama"));
    const tokens = tokensOfList(list);
    const parts = tokens.filter(({ bytes }) => Buffer.from(bytes!, "latin1").toString("utf8").includes("\ufffd"));
    expect(parts).toHaveLength(73);
    const split = createSplitter(target);
    for (const { bytes } of parts) {
      const pieces = split(bytes!)!;
      expect(pieces.map((id) => target.byteStrings[id]).join("")).toBe(bytes);
      expect(pieces.some((id) => target.kinds[id] === "byte")).toBe(true);
    }
    expect(matchTokens(tokens, target).every(({ ids }) => ids.length > 0)).toBe(true);
  });

  test("the ranking is recognised as counts", async () => {
    const list = await readTokenList(file(""));
    expect(list.tokens).toHaveLength(67275);
    expect(list.counts!.slice(0, 2)).toEqual([18429030, 12418869]);
    expect(list.ids).toBeUndefined();
  });
});

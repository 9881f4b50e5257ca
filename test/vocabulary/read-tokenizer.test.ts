import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readTokenizer } from "../../src/vocabulary/read-tokenizer.js";
import { TOKEN_KINDS, type TokenizerVocabulary } from "../../src/vocabulary/token.js";
import { describeWithSharedData, SHARED_DATA } from "../helpers/shared-data.js";
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
const read = (files: Readonly<Record<string, unknown>>): Promise<TokenizerVocabulary> =>
  readTokenizer(writeFiles(join(root, String(made++)), files));

const bytesOf = (vocabulary: TokenizerVocabulary, spelling: string): string | undefined =>
  vocabulary.byteStrings[vocabulary.idOfString.get(spelling)!];

/** The token of an id, or undefined for a hole and outside the vocabulary. */
function tokenById(vocabulary: TokenizerVocabulary, id: number) {
  const [kind, string, bytes] = [vocabulary.kinds[id], vocabulary.strings[id], vocabulary.byteStrings[id]];
  if (kind === undefined || string === undefined) return undefined;
  return { id, kind, string, ...(bytes !== undefined && { bytes }), roles: vocabulary.rolesOfId.get(id) ?? [] };
}

describe("readTokenizer", () => {
  test("reads byte-level BPE: bytes by id, bytes beyond ASCII as byte tokens", async () => {
    const vocabulary = await read({
      "tokenizer.json": byteLevelTokenizer({ tokens: ["Ġthe", "Ã©", "âĤ"], added: [{ content: "<|endoftext|>" }] }),
    });
    expect(vocabulary).toMatchObject({ kind: "byte-level BPE", size: 260, notes: [] });
    expect(tokenById(vocabulary, 256)).toEqual({ id: 256, kind: "text", string: "Ġthe", bytes: " the", roles: [] });
    expect(tokenById(vocabulary, 257)).toMatchObject({ kind: "text", bytes: "\xc3\xa9" });
    expect(tokenById(vocabulary, 258)).toMatchObject({ kind: "text", bytes: "\xe2\x82" });
    expect(tokenById(vocabulary, 0x41)).toMatchObject({ kind: "text", bytes: "A" });
    expect(tokenById(vocabulary, 0xe2)).toMatchObject({ kind: "byte", bytes: "\xe2" });
    expect(tokenById(vocabulary, 259)).toEqual({
      id: 259,
      kind: "special",
      string: "<|endoftext|>",
      roles: ["end-of-text", "eos"],
    });
    expect(tokenById(vocabulary, 260)).toBeUndefined();
  });

  test("reads BPE with byte fallback: a word start is a space and <0x0A> is a newline", async () => {
    const vocabulary = await read({ "tokenizer.json": sentencePieceTokenizer({ tokens: ["▁the", "é", "A", "▁▁"] }) });
    expect(vocabulary.kind).toBe("SentencePiece BPE");
    expect(bytesOf(vocabulary, "▁the")).toBe(" the");
    expect(bytesOf(vocabulary, "▁▁")).toBe("  ");
    expect(bytesOf(vocabulary, "é")).toBe("\xc3\xa9");
    expect(tokenById(vocabulary, 3 + 0x0a)).toMatchObject({ kind: "byte", bytes: "\n" });
    expect(vocabulary.idOfRole.get("bos")).toBe(1);
  });

  test("lets a byte token yield to a real token with the same byte", async () => {
    const vocabulary = await read({ "tokenizer.json": sentencePieceTokenizer({ tokens: ["A"] }) });
    expect(vocabulary.idOfBytes.get("A")).toBe(259);
    expect(vocabulary.idOfBytes.get("B")).toBe(3 + 0x42);
  });

  test("takes <0x0A> as five letters where there is no byte fallback", async () => {
    const vocabulary = await read({ "tokenizer.json": byteLevelTokenizer({ tokens: ["<0x0A>"] }) });
    expect(tokenById(vocabulary, 256)).toMatchObject({ kind: "text", bytes: "<0x0A>" });
  });

  test("reads Metaspace without a normalizer as it reads Prepend and Replace", async () => {
    const file = sentencePieceTokenizer({ tokens: ["▁the"] });
    const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: false };
    const vocabulary = await read({
      "tokenizer.json": { ...file, normalizer: null, decoder: null, pre_tokenizer: metaspace },
    });
    expect(bytesOf(vocabulary, "▁the")).toBe(" the");
  });

  test("reads Unigram: ids are places in the list", async () => {
    const vocabulary = await read({
      "tokenizer.json": unigramTokenizer([
        ["▁the", -3],
        ["ing", -4.5],
      ]),
    });
    expect(vocabulary).toMatchObject({ kind: "Unigram", size: 5, splitting: { scores: [0, 0, 0, -3, -4.5] } });
    expect(tokenById(vocabulary, 3)).toMatchObject({ kind: "text", bytes: " the" });
    expect(vocabulary.rolesOfId.get(1)).toEqual(["end-of-text", "eos"]);
  });

  test("reads WordPiece: ## continues a word, punctuation and Han stand alone", async () => {
    const vocabulary = await read({
      "tokenizer.json": wordPieceTokenizer(["the", "##ing", ",", "中", "[unused1]", "##"]),
    });
    expect(vocabulary.kind).toBe("WordPiece");
    expect(["the", "##ing", ",", "中", "##"].map((token) => bytesOf(vocabulary, token))).toEqual([
      " the",
      "ing",
      ",",
      "\xe4\xb8\xad",
      " ##",
    ]);
    expect(tokenById(vocabulary, 5)).toMatchObject({ kind: "unused" });
    expect(tokenById(vocabulary, 0)).toMatchObject({ kind: "special", roles: ["unk"] });
  });

  test("reads word ends as CLIP has them", async () => {
    const file = byteLevelTokenizer({
      tokens: ["the</w>", "!</w>", "th", "Ģ</w>"],
      model: { end_of_word_suffix: "</w>" },
    });
    const vocabulary = await read({ "tokenizer.json": file });
    expect(vocabulary.kind).toBe("BPE with word ends");
    const spelled = ["the</w>", "!</w>", "th", "Ģ</w>"].map((token) => bytesOf(vocabulary, token));
    expect(spelled).toEqual([" the", "!", "th", "\x80"]);
  });

  test("infers a missing model.type", async () => {
    const file = byteLevelTokenizer({ model: { type: undefined } });
    expect((await read({ "tokenizer.json": file })).kind).toBe("byte-level BPE");
    const unigram = unigramTokenizer([["▁a", -1]], { type: undefined });
    expect((await read({ "tokenizer.json": unigram })).kind).toBe("Unigram");
  });

  test("takes added text literally, markup as control and reserved names as reserved", async () => {
    const vocabulary = await read({
      "tokenizer.json": byteLevelTokenizer({
        added: [
          { content: "   ", special: false },
          { content: "<tool_call>", special: false },
          { content: "<|reserved_special_token_3|>" },
          { content: "Ġx", special: false },
        ],
      }),
    });
    expect([256, 257, 258, 259].map((id) => tokenById(vocabulary, id)!.kind)).toEqual([
      "text",
      "special",
      "reserved",
      "text",
    ]);
    expect(vocabulary.byteStrings[256]).toBe("   ");
    expect(vocabulary.byteStrings[259]).toBe("\xc4\xa0x");
    expect(vocabulary.byteStrings[257]).toBeUndefined();
  });

  test("takes markup that the model itself spells as text, as in Gemma", async () => {
    const file = sentencePieceTokenizer({
      tokens: ["<table>"],
      added: [{ content: "<table>", special: false, id: 259 }],
    });
    expect(tokenById(await read({ "tokenizer.json": file }), 259)).toMatchObject({ kind: "text", bytes: "<table>" });
  });

  test("tolerates holes, ids taken twice and empty tokens, and says so", async () => {
    const file = byteLevelTokenizer({
      model: { vocab: { a: 0, b: 0, "": 2, c: 5, Ġa: 6, Ġb: 7 } },
      added: [{ content: " a", special: false, id: 8 }],
    });
    const vocabulary = await read({ "tokenizer.json": file });
    expect(vocabulary.size).toBe(8);
    expect([0, 1, 2, 3].map((id) => tokenById(vocabulary, id)?.kind)).toEqual(["text", undefined, "unused", undefined]);
    expect(vocabulary.idOfBytes.get(" a")).toBe(6);
    expect(vocabulary.notes).toEqual([
      'id 0 is both "a" and "b"; the latter counts',
      '" a" has id 6; its file says 8, as no reader counts',
      "3 ids below 8 have no token",
      "id 2 is an empty token, which stands for no text",
    ]);
  });

  test("spells out a few odd ids of a kind and counts the others", async () => {
    const tokens = Array.from({ length: 8 }, (_, id) => [`a${id}`, `b${id}`].map((token) => [token, id]));
    const file = byteLevelTokenizer({ model: { vocab: Object.fromEntries(tokens.flat()) as object } });
    const { notes } = await read({ "tokenizer.json": file });
    expect(notes).toHaveLength(6);
    expect(notes.at(-1)).toBe("and 3 more ids like the last one");
  });

  test("keeps two special tokens of one role apart", async () => {
    const vocabulary = await read({
      "tokenizer.json": sentencePieceTokenizer({ added: [{ content: "<|endoftext|>" }] }),
      "tokenizer_config.json": { eos_token: "<|endoftext|>", pad_token: "<|endoftext|>", unk_token: "<unk>" },
    });
    expect(vocabulary.idOfRole.get("end-of-text")).toBe(2);
    expect(vocabulary.idOfRole.get("eos")).toBe(259);
    expect(vocabulary.rolesOfId.get(2)).toEqual(["end-of-text"]);
    expect(vocabulary.rolesOfId.get(259)).toEqual(["end-of-text", "eos", "pad"]);
  });

  test("takes roles from special_tokens_map.json before tokenizer_config.json, and from generation_config.json last", async () => {
    const vocabulary = await read({
      "tokenizer.json": byteLevelTokenizer({
        added: [{ content: "<|a|>" }, { content: "<|b|>" }, { content: "<|c|>" }],
      }),
      "tokenizer_config.json": { bos_token: { content: "<|a|>", special: true }, eos_token: null },
      "special_tokens_map.json": { bos_token: "<|b|>", pad_token: { content: "<|b|>" } },
      "generation_config.json": { bos_token_id: 257, eos_token_id: [258, 257] },
    });
    expect(["bos", "pad", "eos"].map((role) => vocabulary.idOfRole.get(role))).toEqual([257, 257, 258]);
    expect(vocabulary.files.map(({ name }) => name)).toEqual([
      "tokenizer.json",
      "tokenizer_config.json",
      "special_tokens_map.json",
      "generation_config.json",
    ]);
  });

  test("adds tokens that only tokenizer_config.json lists, under the ids that transformers gives them", async () => {
    const vocabulary = await read({
      "tokenizer.json": byteLevelTokenizer({ added: [{ content: "<|a|>" }] }),
      "tokenizer_config.json": {
        added_tokens_decoder: {
          256: { content: "<|other|>", special: true },
          258: { content: "<|b|>", special: true },
        },
      },
    });
    expect(vocabulary.strings.slice(256)).toEqual(["<|a|>", "<|other|>", "<|b|>"]);
  });

  test("hashes each file as sha256sum does", async () => {
    const { files } = await read({
      "tokenizer.json": JSON.stringify(byteLevelTokenizer()),
      "tokenizer_config.json": "{}",
    });
    expect(files[1]).toEqual({
      name: "tokenizer_config.json",
      sha256: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    });
  });
});

describe("a tokenizer.json that cannot be read", () => {
  const model = { type: "BPE", vocab: { a: 0 }, merges: [] };
  test.each<[string, unknown, RegExp]>([
    [
      "of another kind",
      { model: { type: "Markov", vocab: {} } },
      /model\.type is "Markov"; tokenizers of BPE, Unigram, WordPiece, WordLevel can be read/,
    ],
    ["without model", { added_tokens: [] }, /"model": expected object, received undefined/],
    [
      "with ids that are no numbers",
      { model: { ...model, vocab: { a: "0" } } },
      /token "a" has id "0", ids are whole numbers/,
    ],
    ["with ids beyond any vocabulary", { model: { ...model, vocab: { a: 2 ** 31 } } }, /token "a" has id 2147483648/],
    ["with a negative id", { model: { ...model, vocab: { a: -1 } } }, /token "a" has id -1/],
    ["without a vocabulary", { model: { type: "BPE", merges: [] } }, /model\.vocab is no object/],
    ["without merges", { model: { type: "BPE", vocab: {} } }, /model\.merges of a BPE model is no list/],
    [
      "with a merge of three pieces",
      { model: { ...model, merges: ["a b", "a  b"] } },
      /merge 1 is "a {2}b", expected two pieces/,
    ],
    ["with a merge of one piece", { model: { ...model, merges: [["a"]] } }, /merge 0 is \["a"\], expected two pieces/],
    ["with a score that is no number", { model: { type: "Unigram", vocab: [["a", "b"]] } }, /entry 0 is \["a","b"\]/],
    [
      "with a token of a megabyte",
      { model: { ...model, vocab: { ["a".repeat(1e6)]: 0 } } },
      /is 1000000 long, at most 8192/,
    ],
    [
      "with an added token far out",
      { model, added_tokens: [{ id: 1e12, content: "a" }] },
      /"added_tokens\.0\.id": Too big/,
    ],
    ["cut short", '{"model": {"vocab": {"a"', /tokenizer\.json: is not valid JSON/],
  ])("%s gives one line", async (_, file, message) => {
    const error = await read({ "tokenizer.json": file }).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ name: "InputError" });
    expect(error!.message).toMatch(message);
    expect(error!.message).not.toContain("\n");
  });

  test("that is absent is named with the way to get it", async () => {
    await expect(read({ "config.json": {} })).rejects.toThrow(
      /holds no tokenizer\.json; take it from the model's page/,
    );
  });
});

describeWithSharedData("real tokenizers", () => {
  const folder = (name: string): string => join(SHARED_DATA, "tokenizers", name);
  const counts = (vocabulary: TokenizerVocabulary): number[] =>
    TOKEN_KINDS.map((wanted) => vocabulary.kinds.filter((kind) => kind === wanted).length);

  test.each([
    ["qwen2.5", "byte-level BPE", [151515, 128, 22, 0, 0]],
    ["qwen2.5-vl", "byte-level BPE", [151515, 128, 22, 0, 0]],
    ["llama3-8b-instruct", "byte-level BPE", [127872, 128, 5, 251, 0]],
    ["gpt2", "byte-level BPE", [50166, 128, 1, 0, 0]],
    ["roberta-base", "byte-level BPE", [50129, 128, 5, 0, 3]],
    ["tinyllama", "SentencePiece BPE", [31741, 256, 3, 0, 0]],
    ["tinyllama-listmerges", "SentencePiece BPE", [31740, 256, 3, 0, 1]],
    ["phi-3-mini", "SentencePiece BPE", [31741, 256, 8, 6, 0]],
    ["t5-small", "Unigram", [31997, 0, 103, 0, 0]],
    ["bert-base-uncased", "WordPiece", [29542, 0, 5, 0, 975]],
    ["clip", "BPE with word ends", [49150, 256, 2, 0, 0]],
  ])("%s is %s with text, byte, special, reserved, unused %j", async (name, kind, expected) => {
    const vocabulary = await readTokenizer(folder(name));
    expect(vocabulary.kind).toBe(kind);
    expect(counts(vocabulary)).toEqual(expected);
  });

  test("string and list merges of one tokenizer give the same tokens", async () => {
    const [strings, lists] = await Promise.all([readTokenizer(folder("qwen2.5")), readTokenizer(folder("qwen2.5-vl"))]);
    expect(lists.byteStrings).toEqual(strings.byteStrings);
    expect(lists.splitting).not.toEqual(strings.splitting);
  });

  test("the damaged token of a file found in the wild is set apart", async () => {
    const vocabulary = await readTokenizer(folder("tinyllama-listmerges"));
    expect(tokenById(vocabulary, 31353)).toEqual({ id: 31353, kind: "unused", string: "", roles: [] });
    expect(vocabulary.notes).toEqual(["id 31353 is an empty token, which stands for no text"]);
  });

  test("the broken file found in the wild gives one line that names the damage", async () => {
    await expect(readTokenizer(folder("tinyllama-broken"))).rejects.toThrow(
      /tokenizer\.json: merge 18917 is " {3}", expected two pieces; the file was damaged by a text conversion/,
    );
  });
});

import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { matchTokens } from "../../src/vocabulary/match.js";
import { compareVocabularies, vocabularySource } from "../../src/inspect/overlap.js";
import { readTokenizer } from "../../src/vocabulary/read-tokenizer.js";
import { tokensOfVocabulary } from "../../src/vocabulary/source-token.js";
import type { TokenizerVocabulary } from "../../src/vocabulary/token.js";
import { describeWithSharedData, SHARED_DATA } from "../helpers/shared-data.js";

const NAMES = [
  "qwen2.5",
  "qwen2.5-vl",
  "llama3-8b-instruct",
  "gpt2",
  "roberta-base",
  "tinyllama",
  "tinyllama-listmerges",
  "phi-3-mini",
  "t5-small",
  "bert-base-uncased",
  "clip",
];

const cache = new Map<string, Promise<TokenizerVocabulary>>();
function load(name: string): Promise<TokenizerVocabulary> {
  const reading = cache.get(name) ?? readTokenizer(join(SHARED_DATA, "tokenizers", name));
  cache.set(name, reading);
  return reading;
}

const NEIGHBOURS = NAMES.map((name, i) => [name, NAMES[(i + 1) % NAMES.length]!] as const);

describeWithSharedData("real vocabularies", () => {
  test("Qwen2.5 and Llama-3 share the 109,566 strings that comparing spellings finds; bytes add none", async () => {
    const overlap = compareVocabularies(vocabularySource(await load("qwen2.5"), "qwen2.5"), {
      name: "llama3",
      vocabulary: await load("llama3-8b-instruct"),
    });
    expect(overlap.strings).toEqual({ found: 109_566, wrong: [], onlyByBytes: [] });
    expect(overlap.classes[0]).toMatchObject({ match: "exact", sourceTokens: 109_566, targetTokens: 109_566 });
    expect(overlap.classes[2]).toMatchObject({ match: "special", sourceTokens: 3 });
    expect(overlap.missing).toEqual({ text: 0, byte: 0, special: 19, reserved: 0, unused: 0 });
  });

  test.each(NEIGHBOURS)("%s -> %s: classes, scripts, curve and histogram count every token once", async (from, to) => {
    const overlap = compareVocabularies(vocabularySource(await load(from), from), {
      name: to,
      vocabulary: await load(to),
    });
    const { tokens } = overlap.source;
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const missing = overlap.classes.find(({ match }) => match === "missing")!.sourceTokens;
    expect(sum(overlap.classes.map(({ sourceTokens }) => sourceTokens))).toBe(tokens);
    expect(sum(overlap.rowsPerToken) + missing).toBe(tokens);
    expect(sum(Object.values(overlap.missing))).toBe(missing);
    expect(sum(overlap.scripts.map(({ tokens }) => tokens))).toBe(
      overlap.source.kinds.text + overlap.source.kinds.byte,
    );
    expect(overlap.coverage.at(-1)!.first).toBe(tokens);
  });

  test("every pair: found tokens have the source's bytes, special ones are given once, and both ways share as many bytes", async () => {
    const vocabularies = await Promise.all(NAMES.map(load));
    const tokens = vocabularies.map(tokensOfVocabulary);
    const shared = vocabularies.map((target) =>
      tokens.map((source) => {
        const rows = matchTokens(source, target, { missing: "drop" });
        const special: number[] = [];
        const bytes = new Set<string>();
        for (const [index, { match, ids }] of rows.entries()) {
          if (match === "special") special.push(ids[0]!);
          if (match !== "exact" && match !== "byte") continue;
          if (target.byteStrings[ids[0]!] !== source[index]!.bytes) throw new Error(`row ${index} has other bytes`);
          bytes.add(source[index]!.bytes!);
        }
        expect(new Set(special).size).toBe(special.length);
        return bytes.size;
      }),
    );
    for (const [a] of NAMES.entries()) for (const [b] of NAMES.entries()) expect(shared[a]![b]).toBe(shared[b]![a]);
    const at = (a: string, b: string): number => shared[NAMES.indexOf(a)]![NAMES.indexOf(b)]!;
    expect(at("tinyllama", "phi-3-mini")).toBe(31_741 + 256 - 96);
  });
});

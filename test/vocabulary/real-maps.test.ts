import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { textOfByteString, type ByteString } from "../../src/vocabulary/byte-string.js";
import { matchTokens } from "../../src/vocabulary/match.js";
import { readTokenizer } from "../../src/vocabulary/read-tokenizer.js";
import { tokensOfVocabulary } from "../../src/vocabulary/source-token.js";
import { createSplitter } from "../../src/vocabulary/split-bytes.js";
import type { TokenizerVocabulary } from "../../src/vocabulary/token.js";
import { describeWithSharedData, SHARED_DATA } from "../helpers/shared-data.js";

interface Golden {
  readonly counts: Readonly<Record<"exact" | "byte" | "none" | "control", number>>;
  readonly ids: string;
  readonly pieces: string;
  readonly uncovered: number;
  readonly unasked: number;
}

/** Made by test/goldens/make/vocabulary_maps.py. */
const goldens = JSON.parse(
  readFileSync(join(import.meta.dirname, "../goldens/vocabulary/maps.json"), "utf8"),
) as Record<string, Golden>;

const vocabularies = new Map<string, Promise<TokenizerVocabulary>>();
function load(name: string): Promise<TokenizerVocabulary> {
  const reading = vocabularies.get(name) ?? readTokenizer(join(SHARED_DATA, "tokenizers", name));
  vocabularies.set(name, reading);
  return reading;
}

const sha256 = (lines: readonly string[]): string => createHash("sha256").update(lines.join("\n")).digest("hex");

/** Bytes that the oracle was not asked to split, because its model takes characters only. */
const oracleCannot = (bytes: ByteString, target: TokenizerVocabulary): boolean =>
  target.kind !== "byte-level BPE" && textOfByteString(bytes) === undefined;

describeWithSharedData("maps between real vocabularies", () => {
  test.each(Object.keys(goldens))("%s: target ids equal a brute-force byte map", async (pair) => {
    const [source, target] = await Promise.all(pair.split(" -> ").map(load));
    const rows = matchTokens(tokensOfVocabulary(source!), target!, { missing: "drop" });
    const ids = rows.map(({ match, ids: [id] }) => (match === "exact" || match === "byte" ? String(id) : "-1"));
    const count = (wanted: string): number => rows.filter(({ match }) => match === wanted).length;
    const { counts } = goldens[pair]!;
    expect({ exact: count("exact"), byte: count("byte") }).toEqual({ exact: counts.exact, byte: counts.byte });
    expect(sha256(ids)).toBe(goldens[pair]!.ids);
  });

  test.each(Object.keys(goldens))("%s: pieces of missing tokens equal those of the Rust model", async (pair) => {
    const [source, target] = await Promise.all(pair.split(" -> ").map(load));
    const split = createSplitter(target!);
    const missing = source!.byteStrings.filter((bytes) => bytes !== undefined && !target!.idOfBytes.has(bytes));
    const inOrder = (ids: readonly number[]): readonly number[] =>
      target!.kind === "Unigram" ? [...ids].sort((a, b) => a - b) : ids;
    const lines = missing.map((bytes) =>
      oracleCannot(bytes!, target!) ? "-" : inOrder(split(bytes!) ?? []).join(" "),
    );
    expect({
      none: missing.length,
      uncovered: lines.filter((line) => line === "").length,
      unasked: lines.filter((line) => line === "-").length,
    }).toEqual({
      none: goldens[pair]!.counts.none,
      uncovered: goldens[pair]!.uncovered,
      unasked: goldens[pair]!.unasked,
    });
    expect(sha256(lines)).toBe(goldens[pair]!.pieces);
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { byteStringOfText } from "../../src/vocabulary/byte-string.js";
import { loadEncoder, type Encoder } from "../../src/tokenizer/encoder.js";
import { describeWithSharedData, SHARED_DATA } from "../helpers/shared-data.js";

type Golden = { readonly texts: Readonly<Record<string, string>> } & Readonly<
  Record<string, readonly (readonly number[])[]>
>;

/** Made by test/goldens/make/encodings.py. */
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../goldens/vocabulary/encodings.json"), "utf8"),
) as Golden;
const texts = Object.entries(golden.texts);

const same = (text: string): string => text;
/** Llama-2's normalizer puts a word start before any text, and spells U+2581 as a space. */
const prepended = (text: string): string => (text === "" ? "" : ` ${text.replaceAll("▁", " ")}`);
/** Metaspace puts one before the first word, unless there is one. */
const metaspaced = (text: string): string => (/^[ ▁]|^$/.test(text) ? text.replaceAll("▁", " ") : prepended(text));

/** What each tokenizer documents to do to a text before it splits it. */
const NORMALISED: Readonly<Record<string, (text: string) => string>> = {
  "qwen2.5": (text) => text.normalize("NFC"),
  "qwen2.5-vl": (text) => text.normalize("NFC"),
  "llama3-8b-instruct": same,
  gpt2: same,
  "roberta-base": same,
  tinyllama: prepended,
  "tinyllama-listmerges": metaspaced,
  "phi-3-mini": prepended,
};

const loading = new Map<string, Promise<Encoder>>();
function load(name: string): Promise<Encoder> {
  const encoder = loading.get(name) ?? loadEncoder(join(SHARED_DATA, "tokenizers", name));
  loading.set(name, encoder);
  return encoder;
}

describeWithSharedData("encoding", () => {
  test.each(Object.keys(NORMALISED))("%s: ids equal those of the Rust crate for every text", async (name) => {
    const encoder = await load(name);
    const ids = texts.map(([title, text]) => [title, encoder.encode(text)]);
    expect(ids).toEqual(texts.map(([title], i) => [title, golden[name]![i]]));
  });

  test.each(Object.keys(NORMALISED))("%s: the bytes of all tokens joined are the bytes of the text", async (name) => {
    const encoder = await load(name);
    for (const [title, text] of texts) {
      if (title === "control tokens") continue;
      const joined = encoder.encode(text).map((id) => encoder.vocabulary.byteStrings[id]);
      expect([title, joined.join("")]).toEqual([title, byteStringOfText(NORMALISED[name]!(text))]);
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { loadEncoder } from "../../src/vocabulary/encoder.js";
import { createTokenDecoder } from "../../src/vocabulary/token-decoder.js";
import { describeWithSharedData } from "../helpers/shared-data.js";
import { encoderOf, readGoldens } from "../prompt/prompt-goldens.js";

interface EncodingGolden {
  readonly tokenizer: string;
  readonly front: readonly number[];
  readonly cases: readonly (readonly [text: string, ids: readonly number[], decoded: string])[];
}

const goldens = readGoldens<readonly EncodingGolden[]>("encodings.json");

describeWithSharedData("loadEncoder", () => {
  test.each(goldens.map((golden) => [golden.tokenizer, golden] as const))(
    "%s encodes and decodes as the Rust library does",
    async (tokenizer, { front, cases }) => {
      const encoder = await encoderOf(tokenizer);
      expect(encoder.front).toEqual(front);
      expect(cases.map(([text]) => [text, encoder.encode(text)])).toEqual(cases.map(([text, ids]) => [text, ids]));
      expect(cases.map(([, ids]) => encoder.decode(ids))).toEqual(cases.map(([, , decoded]) => decoded));
    },
  );

  test("a character in several tokens appears when its last byte comes", async () => {
    const encoder = await encoderOf("qwen2.5");
    const text = "né 🎿𝔘";
    const ids = encoder.encode(text);
    const decoder = encoder.decoder();
    const shown = [...ids.map((id) => decoder.push(id)), decoder.end()];
    expect(ids.length).toBeGreaterThan([...text].length - 1);
    expect(shown.join("")).toBe(text);
    expect(shown.filter((part) => part.includes("\ufffd"))).toEqual([]);
  });
});

describe("createTokenDecoder", () => {
  const decoderOf = (tokens: readonly string[], dropsFirstSpace = false) =>
    createTokenDecoder({ bytesOf: (id) => tokens[id]!, dropsFirstSpace });

  test("an answer cut off inside a character ends in U+FFFD", () => {
    const decoder = decoderOf(["a", "\xf0\x9f"]);
    expect([decoder.push(0), decoder.push(1), decoder.end()]).toEqual(["a", "", "\ufffd"]);
  });

  test("one space at the start is dropped, after special tokens too, and no other", () => {
    const decoder = decoderOf(["", "  a", " b"], true);
    expect([decoder.push(0), decoder.push(1), decoder.push(2)]).toEqual(["", " a", " b"]);
  });
});

describe("a tokenizer that cannot encode", () => {
  test("is an input error that names the file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "langbridge-"));
    const model = { type: "BPE", vocab: { a: 0 }, merges: [] };
    const tokenizer = { added_tokens: [], model, normalizer: { type: "Unheard" } };
    writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
    const loading = loadEncoder(folder);
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(/tokenizer\.json: this tokenizer cannot be used to encode text: /);
    rmSync(folder, { recursive: true });
  });
});

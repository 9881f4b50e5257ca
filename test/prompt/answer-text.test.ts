import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { AnswerText } from "../../src/prompt/answer-text.js";
import { loadEncoder, type Encoder } from "../../src/tokenizer/encoder.js";
import { FAMILIES, WORLD } from "../helpers/small-world.js";

/** Gives tokens one by one; what came out after each, and the whole. */
function stream(
  encoder: Pick<Encoder, "decode" | "vocabulary">,
  tokens: readonly number[],
  stops: readonly string[] = [],
) {
  const pieces: string[] = [];
  const after: string[] = [];
  const text = new AnswerText(encoder, { stops, onText: (piece) => pieces.push(piece) });
  let given = 0;
  for (; given < tokens.length; given++) {
    const over = text.update(tokens.slice(0, given + 1));
    after.push(pieces.join(""));
    if (over) break;
  }
  const whole = text.end(tokens.slice(0, given + 1));
  return { pieces, after, whole, given };
}

/** One token per byte: characters come in pieces, as from a byte-level tokenizer. */
const bytes = {
  decode: (ids: Iterable<number>) => new TextDecoder().decode(Uint8Array.from(ids)),
  vocabulary: { strings: [] },
} as unknown as Encoder;

/** Byte tokens of byte fallback, and words: a run of bytes that is no UTF-8 becomes one U+FFFD a byte. */
const fallback = {
  decode: (ids: Iterable<number>) => {
    const text = [...ids].map((id) => (id < 256 ? `<${id}>` : String.fromCharCode(id))).join("");
    return text.replace(/(<\d+>)+/g, (run) => {
      const list = [...run.matchAll(/\d+/g)].map(([number]) => Number(number));
      try {
        return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(list));
      } catch {
        return "\ufffd".repeat(list.length);
      }
    });
  },
  vocabulary: { strings: Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).padStart(2, "0")}>`) },
} as unknown as Encoder;

describe("AnswerText", () => {
  test("gives a character once all of its bytes are there", () => {
    const { after, whole } = stream(bytes, [...Buffer.from("a é 😀!")]);
    expect(after).toEqual(["a", "a", "a", "a é", "a é", "a é", "a é", "a é", "a é 😀", "a é 😀!"]);
    expect(whole).toBe("a é 😀!");
  });

  test("gives bytes that never become a character as U+FFFD", () => {
    expect(stream(bytes, [97, 0xe2, 0x82]).whole).toBe("a\ufffd");
    expect(stream(bytes, [97, 0xe2, 98]).after).toEqual(["a", "a", "a\ufffdb"]);
  });

  test("keeps a run of byte tokens until it ends, since a later byte changes all of it", () => {
    const snowman = [...Buffer.from("☃")];
    expect(stream(fallback, [300, ...snowman, 301]).after).toEqual(["Ĭ", "Ĭ", "Ĭ", "Ĭ", "Ĭ☃ĭ"]);
    const broken = stream(fallback, [300, ...snowman, 0xff, 301]);
    expect(broken.pieces.join("")).toBe(broken.whole);
    expect(broken.whole).toBe("Ĭ\ufffd\ufffd\ufffd\ufffdĭ");
  });

  test("ends where a stop text begins, and gives nothing of it", () => {
    const { pieces, whole, given } = stream(bytes, [...Buffer.from("yes ## no ### U: next")], ["###"]);
    expect(whole).toBe("yes ## no");
    expect(pieces.join("")).toBe("yes ## no");
    expect(given).toBe("yes ## no ###".length - 1);
  });

  test("what only looked like a stop text is given at the end", () => {
    expect(stream(bytes, [...Buffer.from("yes ##")], ["###"])).toMatchObject({
      whole: "yes ##",
      pieces: expect.arrayContaining([" ##"]) as unknown,
    });
  });

  test("leaves outer white space out", () => {
    const { after, whole } = stream(bytes, [...Buffer.from(" \n a b \n")]);
    expect(after).toEqual(["", "", "", "a", "a", "a b", "a b", "a b"]);
    expect(whole).toBe("a b");
  });

  test.each(FAMILIES)("the pieces of %s's tokenizer are the text", async (family) => {
    const encoder = await loadEncoder(join(WORLD, family));
    for (const text of ["a red circle, left of 3 dogs.", "naïve café 日本 😀\n  ok", "«ß» Ω≈ç√ \u00a0x"]) {
      const { pieces, whole } = stream(encoder, encoder.encode(text));
      expect(pieces.join("")).toBe(whole);
      expect(whole).toBe(encoder.decode(encoder.encode(text)).trim());
    }
  });
});

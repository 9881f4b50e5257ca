import { describe, expect, test } from "@jest/globals";
import { byteStringOfText } from "../../src/vocabulary/byte-string.js";
import { SCRIPT_NAMES, scriptOf } from "../../src/inspect/script.js";

describe("scriptOf", () => {
  test.each([
    [" the", "Latin"],
    ["Été", "Latin"],
    ["don't", "Latin"],
    ["-like", "Latin"],
    ["图片", "Han"],
    ["カメラ", "Kana"],
    ["사진", "Hangul"],
    [" кошка", "Cyrillic"],
    ["εικόνα", "Greek"],
    ["الصورة", "Arabic"],
    ["תמונה", "Hebrew"],
    ["चित्र", "Indic"],
    ["ภาพ", "Southeast Asian"],
    ["სურათი", "other letters"],
    ["2024", "digits"],
    ["٣", "digits"],
    ["();\n", "code"],
    [".append", "code"],
    ["</div", "code"],
    ["foo_bar", "code"],
    ["—", "symbols"],
    ["€", "symbols"],
    ["👍🏽", "emoji"],
    ["🇫🇷", "emoji"],
    ["\n\n  ", "white space"],
    ["\u3000", "white space"],
  ])("%j is %s", (text, script) => {
    expect(scriptOf(byteStringOfText(text))).toBe(script);
    expect(SCRIPT_NAMES).toContain(script);
  });

  test("bytes of no whole character are part of one", () => {
    expect(scriptOf("\xe2\x80")).toBe("part of a character");
  });
});

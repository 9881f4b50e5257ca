import { describe, expect, test } from "@jest/globals";
import { byteStringOfText, charactersOfByteString, textOfByteString } from "../../src/vocabulary/byte-string.js";

describe("byte strings", () => {
  test("hold one char per UTF-8 byte", () => {
    expect(byteStringOfText("aé€😀")).toBe("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  });

  test("are text only when they are whole characters", () => {
    expect(textOfByteString("\xe2\x82\xac")).toBe("€");
    expect(textOfByteString("\xe2\x82")).toBeUndefined();
    expect(textOfByteString("\x80")).toBeUndefined();
    expect(textOfByteString("\xef\xbb\xbfa")).toBe("\ufeffa");
  });

  test.each([
    ["a\xc3\xa9\xe2\x82\xac", ["a", "\xc3\xa9", "\xe2\x82\xac"]],
    ["\xe2\x82", ["\xe2", "\x82"]],
    ["\xe2\x82a", ["\xe2", "\x82", "a"]],
    ["\x80\xc3\xa9", ["\x80", "\xc3\xa9"]],
    // Overlong and surrogate sequences are no characters.
    ["\xc0\x80", ["\xc0", "\x80"]],
    ["\xed\xa0\x80", ["\xed", "\xa0", "\x80"]],
    ["", []],
  ])("are cut into characters, stray bytes alone: %j", (bytes, characters) => {
    expect(charactersOfByteString(bytes)).toEqual(characters);
  });
});

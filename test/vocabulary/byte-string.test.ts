import { describe, expect, test } from "@jest/globals";
import {
  byteStringOfBytes,
  byteStringOfText,
  bytesOfByteString,
  charactersOfByteString,
  textOfByteString,
} from "../../src/vocabulary/byte-string.js";

describe("byte strings", () => {
  test("hold one char per UTF-8 byte", () => {
    expect(byteStringOfText("aé€😀")).toBe("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  });

  test("carry every byte there and back", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect([...bytesOfByteString(byteStringOfBytes(bytes))]).toEqual([...bytes]);
  });

  test("respect the window of a view", () => {
    expect(byteStringOfBytes(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toBe("\x02\x03");
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

import { describe, expect, test } from "@jest/globals";
import { byteLevelOfBytes, bytesOfByteLevel } from "../../src/vocabulary/byte-level.js";

describe("the byte-level alphabet", () => {
  test("spells space, newline and tab as GPT-2 does", () => {
    expect(byteLevelOfBytes(" the\n\t")).toBe("ĠtheĊĉ");
    expect(bytesOfByteLevel("Ġthe")).toBe(" the");
  });

  test("has 256 distinct characters that lead back to their bytes", () => {
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    const spelled = byteLevelOfBytes(all);
    expect(new Set(spelled).size).toBe(256);
    expect(bytesOfByteLevel(spelled)).toBe(all);
    expect(spelled.slice(0, 3) + spelled.slice(0x7f, 0x82) + spelled.charAt(0xad)).toBe("ĀāĂġĢģŃ");
  });

  test("has no character for a raw space, a letter beyond it or an emoji", () => {
    for (const token of ["a b", "中", "😀"]) expect(bytesOfByteLevel(token)).toBeUndefined();
  });

  test("decodes tokens longer than its scratch buffer", () => {
    expect(bytesOfByteLevel("Ġ".repeat(3000))).toBe(" ".repeat(3000));
  });
});

import { expect, test } from "@jest/globals";
import { byteStringOfText } from "../../src/vocabulary/byte-string.js";
import { readableToken } from "../../src/vocabulary/readable-token.js";

test.each([
  ["Ġsmall", " small", "Ġsmall"],
  ["Ċ", "\n", "Ċ"],
  ["ĠæĹ¥", byteStringOfText(" 日"), "Ġ日"],
  ["æĹ", "\xe6\x97", "<E6><97>"],
  ["▁日", byteStringOfText(" 日"), "▁日"],
  ["é", byteStringOfText("é"), "é"],
])("%j is readable", (string, bytes, wanted) => {
  expect(readableToken({ string, bytes })).toBe(wanted);
});

test("a token without bytes is what it is called", () => {
  expect(readableToken({ string: "<|im_end|>" })).toBe("<|im_end|>");
});

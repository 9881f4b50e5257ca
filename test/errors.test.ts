import { describe, expect, test } from "@jest/globals";
import { InputError } from "../src/errors.js";
import { showValue } from "../src/show-value.js";

describe("the message of an error", () => {
  test("is one line, whatever stands in the names that it repeats", () => {
    const { message } = new InputError("a\nb\r\u0000\u001b[2J\u2028c 👩‍🚀 日本: gone");
    expect(message).toBe("a␊b␍␀␛[2J<U+2028>c 👩‍🚀 日本: gone");
  });

  test("has a length that fits on a screen, with its beginning and its end", () => {
    const { message } = new InputError(`file.bin: ${"x".repeat(1e6)} is wrong; fetch it again`);
    expect(message.length).toBeLessThan(2100);
    expect(message).toMatch(/^file\.bin: x+ … x+ is wrong; fetch it again$/);
  });
});

describe("showValue", () => {
  test.each([
    [undefined, "undefined"],
    [null, "null"],
    [1.5, "1.5"],
    [NaN, "NaN"],
    [12n, "12"],
    ['a"b', '"a\\"b"'],
    [[1, "x", [2]], '[1,"x",[2]]'],
    [{ a: 1, b: { c: { d: { e: 1 } } } }, '{"a":1,"b":{"c":{"d":{…}}}}'],
    [new Map([["a", [1]]]), '{"a":[1]}'],
    [Array.from({ length: 11 }, (_, i) => i), "[0,1,2,3,4,5,6,7,8,9,…]"],
  ])("%p is shown as %s", (value, text) => {
    expect(showValue(value)).toBe(text);
  });

  test("neither the depth nor the size of a value matters", () => {
    let deep: unknown = [];
    for (let i = 0; i < 1e6; i++) deep = i % 2 === 0 ? [deep] : { deep };
    const large = Array.from({ length: 1e6 }, () => "y".repeat(1000));
    for (const value of [deep, large, { large, deep }, "z".repeat(1e7)]) {
      expect(showValue(value).length).toBeLessThanOrEqual(80);
    }
  });
});

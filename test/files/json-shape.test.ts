import { describe, expect, test } from "@jest/globals";
import { parseJson } from "../../src/files/json-file.js";
import { MAX_JSON_CONTAINERS, MAX_JSON_DEPTH, MAX_JSON_VALUES } from "../../src/files/json-shape.js";

const parse = (text: string): unknown => parseJson(text, "f.json");

describe("the shape of a JSON file", () => {
  test.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "1}"],
    ["both", '[{"a":', "1}]"],
  ])("nesting of %s is bounded before anything recurses", (_, open, close) => {
    const levels = open.length > 5 ? 2 : 1;
    const nested = (depth: number): string => {
      const inner = close.startsWith("1") ? "1" : "";
      return open.repeat(depth) + inner + close.replace("1", "").repeat(depth);
    };
    expect(() => parse(nested(MAX_JSON_DEPTH / levels))).not.toThrow();
    for (const depth of [MAX_JSON_DEPTH + 1, 9_000, 100_000]) {
      expect(() => parse(nested(depth))).toThrow(
        /^f\.json: holds JSON of \d+ levels inside one another, at most 500 are read/,
      );
    }
  });

  test("brackets and quotes inside strings do not count", () => {
    const text = JSON.stringify({ token: '[{"\\"'.repeat(5000), "[[[": ["\\", '"'] });
    expect(parse(text)).toEqual(JSON.parse(text));
    expect(parse(`${"[".repeat(2)}"${"\\\\".repeat(3)}"${"]".repeat(2)}`)).toEqual([["\\\\\\"]]);
  });

  test("many empty lists and many numbers are refused by their count", () => {
    expect(() => parse(`[${"[],".repeat(MAX_JSON_CONTAINERS)}[]]`)).toThrow("objects and lists, at most 4000000");
    expect(() => parse(`[${"1,".repeat(MAX_JSON_VALUES)}1]`)).toThrow("values, at most 32000000");
  });

  test("what is no JSON says so in one line, whatever stands in it", () => {
    for (const text of ['{"a": "b\n c"}', '{\n  "a" "b"\n}', '"open', '"\\', "", "]", '["\u2028]', "[1,\u0000]"]) {
      expect(() => parse(text)).toThrow(/^f\.json: is not valid JSON: \P{Cc}+$/u);
    }
  });
});

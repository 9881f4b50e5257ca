import { describe, expect, test } from "@jest/globals";
import { MAX_JSON_DEPTH } from "../../src/files/json-shape.js";
import { parseOrderedJson } from "../../src/files/ordered-json.js";

const parse = (text: string): unknown => parseOrderedJson(text, "vocab.json");

describe("parseOrderedJson", () => {
  test("keeps integer-like keys where they stand", () => {
    const text = '{"the": 3, "1": 10, "a": 4, "0": 11, "__proto__": 5}';
    expect([...(parse(text) as Map<string, number>)]).toEqual([
      ["the", 3],
      ["1", 10],
      ["a", 4],
      ["0", 11],
      ["__proto__", 5],
    ]);
  });

  test("reads every kind of value, nested, with any white space", () => {
    const text = ' [ {"a" :\n[ ] , "b":{"c":{}}}\t,-1.5e2,true,false , null,"x"\r\n] ';
    expect(parse(text)).toEqual([
      new Map<string, unknown>([
        ["a", []],
        ["b", new Map([["c", new Map()]])],
      ]),
      -150,
      true,
      false,
      null,
      "x",
    ]);
    expect(parse("12")).toBe(12);
    expect(parse('""')).toBe("");
  });

  test("decodes escapes in keys and values, and tells an escaped quote from a closing one", () => {
    const text = String.raw`{"\"": "\\", "\\\"": "a\\", "\u0120the": "\ud83d\ude00", "{[,:]}": "\n"}`;
    expect([...(parse(text) as Map<string, string>)]).toEqual(
      Object.entries({ '"': "\\", '\\"': "a\\", Ġthe: "😀", "{[,:]}": "\n" }),
    );
  });

  test("a key that stands twice is named, also when it is spelled with an escape", () => {
    expect(() => parse('{"a": 1, "b": {"ing": 1, "\\u0069ng": 1}}')).toThrow(
      'vocab.json: the key "ing" stands twice in one object; every key must be unique',
    );
  });

  test("is as strict as JSON.parse, but for Python's NaN and Infinity", () => {
    for (const text of ["", "{", '{"a":1,}', "[1,]", "{a:1}", "'a'", "01", "[1] 2", "\ufeff{}", '"\t"', "-NaN"]) {
      expect(() => parse(text)).toThrow("vocab.json: is not valid JSON");
    }
  });

  test("is as deep as a file may be, and no deeper", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    let value = parse(nested(MAX_JSON_DEPTH)) as unknown[];
    let levels = 1;
    for (; value.length > 0; levels++) value = value[0] as unknown[];
    expect(levels).toBe(MAX_JSON_DEPTH);
    expect(() => parse(nested(200_000))).toThrow(
      "holds JSON of 200000 levels inside one another, at most 500 are read",
    );
  });
});

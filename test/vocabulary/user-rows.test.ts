import { describe, expect, test } from "@jest/globals";
import { parseMapping, parseOverride } from "../../src/vocabulary/user-rows.js";

describe("parseOverride", () => {
  test.each([
    ["Ġcolour= color", "Ġcolour", " color"],
    ["===", "=", "="],
    ["a=b=c", "a", "b=c"],
    ["<|im_end|>=</s>", "<|im_end|>", "</s>"],
  ])("splits %j at the first = after the first character", (argument, token, text) => {
    expect(parseOverride(argument)).toEqual({ token, text });
  });

  test.each(["", "a", "=", "=a", "a="])("refuses %j", (argument) => {
    expect(() => parseOverride(argument)).toThrow(/is not TOKEN=TEXT/);
  });
});

describe("parseMapping", () => {
  test("reads tokens as JSON strings, with a weight or 1, passing over comments and empty lines", () => {
    const text = '# pairs\n"Ġthe"\t"▁the"\t0.5\r\n\n"\\n"\t"<0x0A>"\n"\\t"\t"#"\t-2e-1\n';
    expect(parseMapping(text, "m.tsv")).toEqual([
      { source: "Ġthe", target: "▁the", weight: 0.5, place: "m.tsv:2" },
      { source: "\n", target: "<0x0A>", weight: 1, place: "m.tsv:4" },
      { source: "\t", target: "#", weight: -0.2, place: "m.tsv:5" },
    ]);
  });

  test.each([
    ['"a" "b" 1', 'm.tsv:1: has 1 fields, expected: "source token" TAB "target token" TAB weight'],
    ['"a"\t"b"\t1\t2', "m.tsv:1: has 4 fields"],
    ['"a"\tb\t1', "m.tsv:1: b is no token; tokens are JSON strings"],
    ['3\t"b"\t1', "m.tsv:1: 3 is no token"],
    ['"a"\t"b"\tmuch', 'm.tsv:1: the weight is "much", expected a number that is not 0'],
    ['"a"\t"b"\t', 'm.tsv:1: the weight is ""'],
    ['"a"\t"b"\t0', 'm.tsv:1: the weight is "0"'],
    ['"a"\t"b"\tInfinity', 'm.tsv:1: the weight is "Infinity"'],
  ])("refuses %j with file and line", (line, message) => {
    expect(() => parseMapping(line, "m.tsv")).toThrow(message);
  });
});

import { describe, expect, test } from "@jest/globals";
import { parseJson } from "../../src/files/json-file.js";
import { parseOrderedJson } from "../../src/files/ordered-json.js";
import { seededRandom } from "../../src/tensor/random.js";

const parse = (text: string): unknown => parseJson(text, "config.json");

describe("NaN and the infinities in JSON, as Python writes them", () => {
  test("are read wherever a value may stand, and left alone in strings", () => {
    const text = '{"time_step_limit": [0.0, Infinity], "a":-Infinity,"b":\tNaN, "c": "NaN, Infinity \\" -Infinity"}';
    expect(parse(text)).toEqual({
      time_step_limit: [0, Infinity],
      a: -Infinity,
      b: NaN,
      c: 'NaN, Infinity " -Infinity',
    });
    expect(parseOrderedJson(text, "config.json")).toEqual(
      new Map<string, unknown>([
        ["time_step_limit", [0, Infinity]],
        ["a", -Infinity],
        ["b", NaN],
        ["c", 'NaN, Infinity " -Infinity'],
      ]),
    );
    expect(parse(" NaN ")).toBeNaN();
  });

  // Each of them is an error of Python's json.loads too.
  test.each([
    "-NaN",
    "1NaN",
    "1.Infinity",
    "1e-Infinity",
    "+Infinity",
    "Infinit",
    "Infinity0",
    "nan",
    "[NaN NaN]",
    "{NaN: 1}",
  ])("%s is no JSON", (text) => {
    expect(() => parse(text)).toThrow(/^config\.json: is not valid JSON: /);
    expect(() => parse(`[NaN, ${text}]`)).toThrow(/^config\.json: is not valid JSON: /);
  });

  test("any nesting of them with other values comes back as it was written", () => {
    const random = seededRandom(7);
    const below = (limit: number): number => Math.floor(random() * limit);
    const words: readonly [string, unknown][] = [
      ["NaN", NaN],
      ["Infinity", Infinity],
      ["-Infinity", -Infinity],
      ["1.5e3", 1500],
      ["null", null],
      ['"a\\\\\\" NaN ["', 'a\\" NaN ['],
    ];
    const made = (depth: number): readonly [string, unknown] => {
      if (depth === 0 || random() < 0.3) return words[below(words.length)]!;
      const children = Array.from({ length: below(4) }, () => made(depth - 1));
      const space = [" ", "", "\n\t"][below(3)]!;
      if (random() < 0.5)
        return [`[${children.map(([text]) => space + text).join(",")}]`, children.map(([, value]) => value)];
      const members = children.map(([text], index) => `"k${index}Infinity":${space}${text}`);
      return [
        `{${members.join(",")}}`,
        Object.fromEntries(children.map(([, value], index) => [`k${index}Infinity`, value])),
      ];
    };
    for (let round = 0; round < 2000; round++) {
      const [text, value] = made(5);
      expect(parse(text)).toEqual(value);
    }
  });
});

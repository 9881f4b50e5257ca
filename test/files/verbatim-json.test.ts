import { expect, test } from "@jest/globals";
import { parseVerbatimJson, verbatimText } from "../../src/files/verbatim-json.js";

const parse = (text: string): unknown => parseVerbatimJson(text, "file.json");

test("numbers keep their spelling, and strings that look like them stay strings", () => {
  const text = `{
  "rope_theta": 10000.0,
  "eps": 1e-05,
  "large": 1000000000000000019884624838656,
  "list": [
    8.0,
    -0.0,
    2,
    0.5
  ],
  "time_step_limit": [
    0.0,
    Infinity,
    -Infinity,
    NaN
  ],
  "text": "8.0, Infinity and \\"1e-05\\", \\\\",
  "nul": "\\u0000number:x",
  "none": null
}
`;
  expect(verbatimText(parse(text))).toBe(text);
});

test("what is changed on the way is written as it was set", () => {
  const value = parse('{"a": 1.0, "b": 2.0}') as object;
  expect(JSON.parse(verbatimText({ ...value, b: 3 }))).toEqual({ a: 1, b: 3 });
  expect(verbatimText({ ...value, b: 3 })).toContain('"a": 1.0');
});

test("an error names the place in the file as it is", () => {
  expect(() => parse('{"a": 1.0, }')).toThrow(/^file\.json: is not valid JSON: .*position 11/);
});

import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { checkJson } from "../../src/files/check-json.js";

const schema = z.looseObject({ model: z.looseObject({ type: z.string() }), sizes: z.array(z.int()).optional() });

describe("checkJson", () => {
  test("returns what fits, with keys that the schema does not name", () => {
    const value = { model: { type: "BPE", extra: 1 }, other: true };
    expect(checkJson(schema, value, "a.json")).toEqual(value);
  });

  test("refuses a file nested so deeply that a recursive schema would overflow the stack", () => {
    const nested: z.ZodType = z.lazy(() => z.looseObject({ inner: nested.optional() }));
    let value = {};
    for (let depth = 0; depth < 50_000; depth++) value = { inner: value };
    expect(() => checkJson(nested, value, "a.json")).toThrow("a.json: is nested too deeply to be read");
  });

  test.each([
    [{ model: { type: 3 } }, 'a.json: "model.type": expected string, received number'],
    [{ model: { type: "BPE" }, sizes: [1, 2.5] }, 'a.json: "sizes.1": expected int, received number'],
    [[], "a.json: the whole file: expected object, received array"],
  ])("names the file, the key and what was expected: %j", (value, message) => {
    expect(() => checkJson(schema, value, "a.json")).toThrow(message);
  });
});

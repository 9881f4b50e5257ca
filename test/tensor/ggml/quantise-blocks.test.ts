import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { quantise } from "../../../src/tensor/ggml/quantise-blocks.js";
import { readJson } from "../../helpers/read-json.js";

const golden = readJson(join(import.meta.dirname, "..", "..", "goldens", "written-blocks.json")) as Record<
  string,
  string
>;
const floats = new Float32Array(new Uint8Array(Buffer.from(golden["floats"]!, "hex")).buffer);

test.each(["Q8_0", "Q4_0"] as const)("blocks of %s are those of the package gguf bit for bit", (name) => {
  expect(floats.length).toBe(64 * 32);
  expect(Buffer.from(quantise(floats, name)).toString("hex")).toBe(golden[name]);
});

test("a block whose scale has no inverse in float32 becomes zeroes", () => {
  const tiny = new Float32Array(32).fill(1e-44);
  expect(Buffer.from(quantise(tiny, "Q8_0"))).toEqual(Buffer.alloc(34));
  expect(Buffer.from(quantise(tiny, "Q4_0")).subarray(2)).toEqual(Buffer.alloc(16, 0x88));
});

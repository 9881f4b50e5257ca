import { describe, expect, test } from "@jest/globals";
import { UnavailableError } from "../../../src/errors.js";
import { PROBE } from "../../../src/runtime/devices/probe-graph.js";
import { tryProduct } from "../../../src/runtime/devices/try-product.js";
import type { WorkerClient } from "../../../src/runtime/sessions/client.js";

/** A device that makes `answer` of the right product. */
function tried(answer: (product: Float32Array) => Float32Array): Promise<string | undefined> {
  const call = (request: string) =>
    Promise.resolve(
      request === "run" ? { product: { data: answer(PROBE.expected), shape: [1, PROBE.size] } } : undefined,
    );
  const client = { call } as unknown as WorkerClient;
  return tryProduct(client, { device: { kind: "webgpu", index: 0 }, precision: "f16" });
}

const oneOff = (by: number) => (product: Float32Array) =>
  product.map((value, i) => (i === product.length - 1 ? value + by : value));

describe("tryProduct", () => {
  test("finds nothing wrong with the product, nor with the rounding of 8-bit activations", async () => {
    expect(await tried((product) => product)).toBeUndefined();
    const largest = Math.max(...PROBE.expected.map(Math.abs));
    expect(await tried(oneOff(0.015 * largest))).toBeUndefined();
  });

  test.each([
    ["one wrong value", oneOff(1.5)],
    ["NaN", oneOff(NaN)],
    ["zeroes", (product: Float32Array) => new Float32Array(product.length)],
    ["too few values", (product: Float32Array) => product.slice(1)],
  ])("finds %s", async (_, answer) => {
    expect(await tried(answer)).toMatch(
      /^webgpu: a product in f16 is off by .* of \d+; its driver computes wrongly, use another device$/,
    );
  });

  test("gives the first line of what the device says, and stops when it is told to", async () => {
    expect(
      await tried(() => {
        throw new UnavailableError("no such device; add it");
      }),
    ).toBe("no such device; add it");
    expect(
      await tried(() => {
        throw new Error("out of memory\n  at somewhere");
      }),
    ).toBe("out of memory");
    const signal = AbortSignal.abort();
    const client = { call: () => Promise.reject(new Error("stopped")) } as unknown as WorkerClient;
    const product = { device: { kind: "cpu", index: 0 }, precision: "f32", signal } as const;
    await expect(tryProduct(client, product)).rejects.toThrow(/interrupted/);
  });
});

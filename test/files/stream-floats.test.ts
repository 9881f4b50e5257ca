import { expect, test } from "@jest/globals";
import { encodeInRange, streamFloats } from "../../src/files/stream-floats.js";
import type { FloatDtype } from "../../src/tensor/dtype.js";
import { decodeFloats } from "../../src/tensor/half.js";
import type { CheckpointTensor } from "../../src/tensor/tensor-info.js";
import { memoryTensor } from "../helpers/memory-matrix.js";

async function streamed(tensor: CheckpointTensor, dtype: FloatDtype): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamFloats(tensor, dtype)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const values = Float32Array.from([1, -2.5, 0.1, 65504, 1e-8]);

test("a tensor of the asked dtype passes byte for byte", async () => {
  const tensor = memoryTensor(values, [5], { dtype: "BF16" });
  expect(await streamed(tensor, "BF16")).toEqual(Buffer.from(tensor.bytes));
});

test("another dtype rounds once", async () => {
  const half = decodeFloats(await streamed(memoryTensor(values, [5]), "F16"), "F16");
  expect([...half]).toEqual([1, -2.5, 0.0999755859375, 65504, 0]);
  const wide = decodeFloats(await streamed(memoryTensor(values, [5], { dtype: "F16" }), "F32"), "F32");
  expect([...wide]).toEqual([...half]);
});

test("what float16 cannot hold is an error that names the tensor, and its own infinities pass", async () => {
  const beyond = Float32Array.from([1, 1e6]);
  const message = 'memory: "table" holds a value beyond the range of float16; choose another --dtype';
  await expect(streamed(memoryTensor(beyond, [2]), "F16")).rejects.toThrow(message);
  expect(() => encodeInRange(beyond, "F16", memoryTensor(beyond, [2]))).toThrow(message);
  expect(encodeInRange(beyond, "BF16", memoryTensor(beyond, [2]))).toHaveLength(4);
  const none = memoryTensor(Float32Array.from([1, NaN]), [2]);
  await expect(streamed(none, "F16")).rejects.toThrow(
    'memory: "table" holds NaN; the weights are damaged, fetch them again',
  );
  const own = memoryTensor(Float32Array.from([Infinity]), [1], { dtype: "F16" });
  expect(await streamed(own, "F16")).toEqual(Buffer.from(own.bytes));
});

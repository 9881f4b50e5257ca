import { expect, test } from "@jest/globals";
import type { Onnxruntime, Session } from "../../../src/runtime/sessions/onnxruntime.js";
import { DecoderSession } from "../../../src/runtime/sessions/decoder-session.js";
import { CacheInPlace } from "../../../src/runtime/sessions/kv-cache.js";
import type { CacheShape, OpenDecoderRequest } from "../../../src/runtime/sessions/protocol.js";

const SHAPE: CacheShape = { layers: 1, kvHeads: 2, headDim: 16, capacity: 64, type: "float32" };

/** An onnxruntime whose tensors are refused as V8 refuses a buffer, while `full` and of any size. */
function tightOnnxruntime(): { ort: Onnxruntime; memory: { full: boolean } } {
  const memory = { full: false };
  class Tensor {
    constructor(
      readonly type: string,
      readonly data: Float32Array,
      readonly dims: readonly number[],
    ) {
      if (memory.full && data.length > 0) throw new RangeError("Array buffer allocation failed");
    }

    dispose(): void {
      // Nothing is held.
    }
  }
  return { ort: { Tensor } as unknown as Onnxruntime, memory };
}

test("a cache that could not be enlarged is enlarged by the next run", () => {
  const { ort, memory } = tightOnnxruntime();
  const cache = new CacheInPlace(ort, SHAPE);
  memory.full = true;
  expect(() => cache.rewind(0, 3)).toThrow("Array buffer allocation failed");
  memory.full = false;
  expect(cache.rewind(0, 3)["key.0"]!.dims).toEqual([1, 2, 64, 16]);
});

test("a run whose cache finds no memory is described as out of memory", async () => {
  const { ort, memory } = tightOnnxruntime();
  const request = { device: { kind: "cpu", index: 0 }, cache: SHAPE } as OpenDecoderRequest;
  const Open = DecoderSession as unknown as new (
    ...parts: [Onnxruntime, Session, OpenDecoderRequest]
  ) => DecoderSession;
  const session = new Open(ort, {} as Session, request);
  memory.full = true;
  const embeddings = { data: new Float32Array(0), shape: [3, 0] };
  const run = session.extend({ session: 1, cache: 0, embeddings, past: 0, keep: false, wantLogits: false });
  await expect(run).rejects.toMatchObject({ name: "UnavailableError", message: /^cpu: out of memory; use a smaller/ });
});

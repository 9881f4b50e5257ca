import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeFloats } from "../../src/tensor/half.js";
import { safetensorsBytes } from "./safetensors-bytes.js";

/** Name, shape, exponent e, and what is added: number k of the generator is k / 128 * 2^e + added. */
export type NumberedTensor = readonly [name: string, shape: readonly number[], exponent: number, added: number];

export interface NumberedModel {
  readonly name: string;
  readonly config: object;
  /** Which number of the generator comes first. */
  readonly start: number;
  readonly tensors: readonly NumberedTensor[];
}

/** Whole numbers from -128 to 127, the same as test/goldens/make/llm_configs.py makes (mulberry32). */
function numberAt(index: number): number {
  const state = Math.imul(index + 1, 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 24) - 128;
}

/** Writes a model's folder, its weights in bfloat16, which holds every number; those around 1 of norms in float32. */
export function writeNumberedModel(root: string, { name, config, start, tensors }: NumberedModel): string {
  const folder = join(root, name.replaceAll(" ", "-"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const header: Record<string, object> = {};
  const parts: Uint8Array[] = [];
  let [index, offset] = [start, 0];
  for (const [tensor, shape, exponent, added] of tensors) {
    const first = index;
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, (_, i) => (numberAt(first + i) / 128) * 2 ** exponent + added);
    const dtype = added === 0 ? "BF16" : "F32";
    const bytes = encodeFloats(values, dtype);
    header[tensor] = { dtype, shape, data_offsets: [offset, offset + bytes.byteLength] };
    parts.push(bytes);
    offset += bytes.byteLength;
    index += count;
  }
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(header, Buffer.concat(parts)));
  return folder;
}

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeFloats } from "../../src/tensor/half.js";
import { safetensorsBytes } from "./safetensors-bytes.js";

/**
 * Name, shape, exponent e, and what is added: number k of the generator is k / 128 * 2^e + added. `first` says which number comes first, where
 * it is not the one behind the tensor before.
 */
export type NumberedTensor = readonly [
  name: string,
  shape: readonly number[],
  exponent: number,
  added: number,
  first?: number,
];

export interface NumberedModel {
  readonly name: string;
  /** As an object, or as the text of the file where no object has it. */
  readonly config: object | string;
  /** Which number of the generator comes first. */
  readonly start: number;
  readonly tensors: readonly NumberedTensor[];
  /** Of the safetensors file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Whole numbers from -128 to 127, the same as test/goldens/make/numbered.py makes (mulberry32). */
function numberAt(index: number): number {
  const state = Math.imul(index + 1, 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 24) - 128;
}

/** Writes a model's folder, its weights in bfloat16, which holds every number; those around 1 of norms in float32. */
export function writeNumberedModel(root: string, { name, config, start, tensors, metadata }: NumberedModel): string {
  const folder = join(root, name.replaceAll(" ", "-"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  const header: Record<string, object> = metadata === undefined ? {} : { __metadata__: metadata };
  const parts: Uint8Array[] = [];
  let [index, offset] = [start, 0];
  for (const [tensor, shape, exponent, added, own] of tensors) {
    const first = own ?? index;
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, (_, i) => (numberAt(first + i) / 128) * 2 ** exponent + added);
    const dtype = added === 0 ? "BF16" : "F32";
    const bytes = encodeFloats(values, dtype);
    header[tensor] = { dtype, shape, data_offsets: [offset, offset + bytes.byteLength] };
    parts.push(bytes);
    offset += bytes.byteLength;
    if (own === undefined) index += count;
  }
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(header, Buffer.concat(parts)));
  return folder;
}

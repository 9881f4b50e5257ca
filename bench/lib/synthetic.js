// Checkpoints of real sizes with random weights, made once and kept under bench/.cache.
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const CACHE = join(dirname(fileURLToPath(import.meta.url)), "..", ".cache");

/** Bytes per element of the dtypes made here. */
const SIZES = { BF16: 2, F32: 4 };

/** Random bytes repeat after this many; enough that no row equals another by accident of alignment. */
const PATTERN_BYTES = 2 ** 24 + 2 ** 12 + 2;

/** Numbers that differ little from `around`, as bit patterns of `dtype`, from a fixed seed. */
function pattern(dtype, around) {
  const bytes = Buffer.alloc(PATTERN_BYTES - (PATTERN_BYTES % SIZES[dtype]));
  let state = 12345;
  for (let i = 0; i < bytes.length; i += SIZES[dtype]) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = around + ((state >>> 8) / 2 ** 24 - 0.5) * 0.05;
    if (dtype === "F32") bytes.writeFloatLE(value, i);
    else bytes.writeUInt16LE(new Uint32Array(new Float32Array([value]).buffer)[0] >>> 16, i);
  }
  return bytes;
}

/** Writes a safetensors file of random tensors, given as `{ name: { dtype, shape, around = 0 } }`. */
export async function writeRandomSafetensors(path, tensors) {
  const header = {};
  let offset = 0;
  for (const [name, { dtype, shape }] of Object.entries(tensors)) {
    const length = shape.reduce((product, size) => product * size, SIZES[dtype]);
    header[name] = { dtype, shape, data_offsets: [offset, offset + length] };
    offset += length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  const stream = createWriteStream(path);
  const write = async (bytes) => stream.write(bytes) || once(stream, "drain");
  await write(Buffer.concat([size, json]));
  // Each tensor goes on where the last one stopped: equal tensors would be kept in memory once.
  const patterns = {};
  for (const { dtype, shape, around = 0 } of Object.values(tensors)) {
    const source = (patterns[`${dtype} ${around}`] ??= { bytes: pattern(dtype, around), at: 0 });
    let left = shape.reduce((product, n) => product * n, SIZES[dtype]);
    while (left > 0) {
      const chunk = source.bytes.subarray(source.at, source.at + left);
      await write(chunk);
      left -= chunk.length;
      source.at = (source.at + chunk.length) % source.bytes.length;
    }
  }
  stream.end();
  await once(stream, "finish");
}

/** Makes a folder with `fill` unless an earlier run left it whole; returns its path. */
export async function cachedFolder(name, fill) {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  console.error(`making ${name} ...`);
  await fill(partial);
  renameSync(partial, folder);
  return folder;
}

export const writeJson = (folder, name, value) => writeFileSync(join(folder, name), JSON.stringify(value));

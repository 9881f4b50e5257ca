import { join } from "node:path";
import { openCheckpoint } from "../../../dist/src/checkpoint/checkpoint.js";
import { readSafetensors } from "../../../dist/src/checkpoint/safetensors/read.js";
import { DTYPE_BITS } from "../../../dist/src/tensor/dtype.js";
import { write } from "../files.js";
import { jsonText, mutateBytes, mutateJson, mutateText } from "../mutate.js";
import { readTensors } from "../read-tensors.js";

const NAMES = [
  "a",
  "b.weight",
  "model.embed_tokens.weight",
  "日本",
  "x".repeat(40),
  "mm_projector.0.weight",
  "__proto__",
  "0",
];

/** A good header and the length of its data. */
function goodHeader(random) {
  const header = {};
  let end = 0;
  for (const name of NAMES.slice(0, 1 + random.below(6))) {
    const dtype = random.pick(Object.keys(DTYPE_BITS));
    const shape = random.many(random.pick([0, 1, 2, 2, 3]), () => random.below(6));
    const bytes = Math.floor((shape.reduce((product, size) => product * size, 1) * DTYPE_BITS[dtype]) / 8);
    Object.defineProperty(header, name, {
      value: { dtype, shape, data_offsets: [end, end + bytes] },
      enumerable: true,
      writable: true,
      configurable: true,
    });
    end += bytes;
  }
  if (random.chance(0.3)) header.__metadata__ = { format: "pt", note: "x" };
  return { header, bytes: end };
}

function fileOf(text, data, claimed = Buffer.byteLength(text)) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimed));
  return Buffer.concat([length, Buffer.from(text), data]);
}

function damagedFile(random) {
  const { header, bytes } = goodHeader(random);
  const data = Buffer.alloc(bytes, random.below(256));
  const text = JSON.stringify(header);
  const tensor = header[random.pick(Object.keys(header).filter((name) => name !== "__metadata__"))];
  return random.way(
    () => fileOf(text, data),
    () => fileOf(jsonText(mutateJson(random, header)), data),
    () => fileOf(mutateText(random, text), data),
    () => mutateBytes(random, fileOf(text, data)),
    () =>
      fileOf(
        text,
        data,
        random.pick([0, 1, 7, text.length - 1, text.length + 1, 99_999_999, 100_000_001, 2 ** 40, 2 ** 53]),
      ),
    () => {
      const sizes = [-1, 0, 1e9, 2 ** 32, 2 ** 53, 0.5];
      const index = random.below(tensor.shape.length + 1);
      tensor.shape[index] = random.pick(sizes);
      if (random.chance(0.5)) tensor.shape[index + 1] = 0; // A zero-wide tensor makes any length legal.
      return fileOf(JSON.stringify(header), data);
    },
    () => {
      tensor.data_offsets[random.below(2)] += random.pick([1, -1, 8, -8, 1000, 2 ** 40]);
      return fileOf(JSON.stringify(header), data);
    },
    () => {
      tensor.dtype = random.pick(["f32", "F4", "F128", "", null, 5, "__proto__", "constructor", ["F32"]]);
      return fileOf(JSON.stringify(header), data);
    },
    () => fileOf(`${text.slice(0, -1)},${text.slice(1)}`, data),
    () => fileOf(text, data.subarray(0, random.below(bytes + 1))),
  );
}

export function makeSafetensors(folder) {
  const path = join(folder, "model.safetensors");
  return async (random) => {
    write(path, damagedFile(random));
    const { tensors } = await readSafetensors(path);
    const places = [...tensors].sort((a, b) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);
    places.forEach((place, i) => {
      const before = places[i - 1];
      if (before && place.byteOffset < before.byteOffset + before.byteLength)
        throw new Error("overlapping tensors were accepted");
    });
    await readTensors(tensors);
  };
}

const FILES = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
const ODD_FILES = [
  ...[
    "../model.safetensors",
    "/etc/passwd",
    "..\\x.safetensors",
    "",
    ".",
    "..",
    "a/../b.safetensors",
    `./${FILES[0]}`,
    `${FILES[0]}\0`,
    "C:\\x.safetensors",
  ],
  ...[
    "none.safetensors",
    "model.safetensors.index.json",
    "x".repeat(300),
    "~/x",
    "file:///etc/passwd.safetensors",
    `${FILES[0]}/x.bin`,
    "a//b.safetensors",
    "\n.bin",
  ],
  ...["link.safetensors", "folder.safetensors", 5, null, [], {}],
];

export function makeShards(folder) {
  const header = (...names) =>
    fileOf(
      JSON.stringify(
        Object.fromEntries(
          names.map((name, i) => [name, { dtype: "F32", shape: [2], data_offsets: [8 * i, 8 * i + 8] }]),
        ),
      ),
      Buffer.alloc(8 * names.length),
    );
  write(join(folder, FILES[0]), header("a", "b"));
  write(join(folder, FILES[1]), header("c", "d"));
  write(join(folder, "folder.safetensors", "x"), "");
  write(join(folder, "config.json"), "{}");
  const index = { metadata: { total_size: 32 }, weight_map: { a: FILES[0], b: FILES[0], c: FILES[1], d: FILES[1] } };
  return async (random) => {
    const text = random.way(
      () => {
        const changed = structuredClone(index);
        changed.weight_map[random.pick(["a", "b", "new", "__proto__", "constructor"])] = random.pick(ODD_FILES);
        return jsonText(changed);
      },
      () => jsonText(mutateJson(random, index)),
      () => mutateText(random, JSON.stringify(index)),
    );
    write(join(folder, "model.safetensors.index.json"), text);
    const { tensors, files } = await openCheckpoint(folder);
    for (const { realPath } of files.values())
      if (!realPath.startsWith(folder)) throw new Error(`read outside of the folder: ${realPath}`);
    await readTensors(tensors.values());
  };
}

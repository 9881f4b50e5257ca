import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openCheckpoint } from "../../../dist/src/checkpoint/checkpoint.js";
import { crc32 } from "../../../dist/src/checkpoint/torch/crc32.js";
import { filesOf, GOLDENS, WORLD, write, zipOf } from "../files.js";
import { mutateBytes } from "../mutate.js";
import { readTensors } from "../read-tensors.js";

/** Opcodes of pickles, those that no checkpoint has among them. */
const OPCODES = [..."()01dNIJKMLGTUVX.sqrjhu}]aetlRbcQpg2"]
  .map((c) => c.charCodeAt(0))
  .concat([
    0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91, 0x92,
    0x93, 0x94, 0x95, 0x96, 0x97, 0x98,
  ]);

const text = (value) => Buffer.concat([Buffer.from([0x58]), int32(Buffer.byteLength(value)), Buffer.from(value)]);
const global = (module, name) => Buffer.from(`c${module}\n${name}\n`);
function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes;
}
/** Any whole number, as LONG1. */
function long(value) {
  const bytes = Buffer.alloc(9);
  bytes[0] = 8;
  bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(Math.trunc(value))), 1);
  return Buffer.concat([Buffer.from([0x8a]), bytes]);
}
const op = (...codes) => Buffer.from(codes);
const tuple = (...values) => Buffer.concat([op(0x28), ...values, op(0x74)]);

const STORAGES = [
  "FloatStorage",
  "HalfStorage",
  "BFloat16Storage",
  "DoubleStorage",
  "LongStorage",
  "BoolStorage",
  "ByteStorage",
];
const SIZES = [-1, 0, 1, 2, 3, 4, 5, 7, 100, 1e6, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53, 2 ** 62];

/** What pickles of attackers call; the harmless one leaves a mark if anything runs it. */
const CALLS = [["os", "system"], ["posix", "system"], ["builtins", "eval"], ["builtins", "getattr"], ["subprocess", "Popen"], ["torch", "load"], ["torch.storage", "_load_from_bytes"], ["__proto__", ""], ["constructor", ""], ["child_process", "execSync"], ["torch", "Size"], ["collections", "OrderedDict"]]; // prettier-ignore

function tensor(random, key) {
  const odd = random.chance(0.4);
  const size = () => (odd && random.chance(0.5) ? random.pick(SIZES) : 1 + random.below(4));
  const shape = random.many(odd ? random.pick([0, 1, 2, 3, 20, 65]) : 2, size);
  const strides = shape.map((_, axis) =>
    odd && random.chance(0.3) ? random.pick([0, ...SIZES]) : shape.slice(axis + 1).reduce((a, b) => a * b, 1),
  );
  const count = odd ? random.pick(SIZES) : shape.reduce((a, b) => a * b, 1);
  const storage = tuple(text("storage"), global("torch", random.pick(STORAGES)), text(key), text("cpu"), long(count));
  return Buffer.concat([
    global("torch._utils", "_rebuild_tensor_v2"),
    tuple(
      Buffer.concat([storage, op(0x51)]),
      long(odd ? random.pick(SIZES) : 0),
      tuple(...shape.map(long)),
      tuple(...strides.map(long)),
      op(0x89),
      Buffer.concat([global("collections", "OrderedDict"), op(0x29, 0x52)]),
    ),
    op(0x52),
  ]);
}

/** A pickle made of the pieces of real ones. */
function madePickle(random, mark) {
  const call = () => {
    const [module, name] = random.pick(CALLS);
    return Buffer.concat([global(module, name), tuple(text(`touch ${mark}`)), op(0x52)]);
  };
  const names = ["a", "b", "model.mm_projector.0.weight", "b.c", "日本", "", "__proto__", "\u001b[2J"];
  const entries = random.many(1 + random.below(3), (i) =>
    Buffer.concat([text(random.pick(names)), tensor(random, String(i))]),
  );
  const body = random.way(
    () => Buffer.concat([op(0x7d, 0x28), ...entries, op(0x75)]),
    () => Buffer.concat([op(0x7d, 0x28), ...entries, op(0x75)]),
    () => Buffer.concat([op(0x7d, 0x28), text("x"), call(), ...entries, op(0x75)]),
    () => Buffer.concat([op(0x5d, 0x28), ...entries, op(0x65)]),
    () => Buffer.concat([op(...Array(3000).fill(0x5d)), op(...Array(2999).fill(0x61))]),
    () => Buffer.concat([op(0x7d, 0x71, 0, 0x28), text("self"), op(0x68, 0), op(0x75)]),
    () =>
      Buffer.concat([
        op(0x7d, 0x28),
        ...random.many(1 + random.below(4), () =>
          Buffer.concat([text("n".repeat(random.pick([1, 900, 60_000]))), op(0x7d, 0x28)]),
        ),
        ...entries,
        op(0x75, 0x75),
      ]),
    () => Buffer.alloc(random.pick([10, 1000, 200_000]), random.pick([0x7d, 0x5d, 0x28, 0x4e, 0x94, 0x32])),
  );
  const pickle = Buffer.concat([op(0x80, random.pick([2, 2, 2, 4, 0, 255])), body, op(0x2e)]);
  if (random.chance(0.5)) return pickle;
  if (random.chance(0.5)) return mutateBytes(random, pickle);
  const at = 2 + random.below(pickle.length - 2);
  return Buffer.concat([
    pickle.subarray(0, at),
    op(...random.many(1 + random.below(4), () => random.pick(OPCODES))),
    pickle.subarray(at),
  ]);
}

function madeArchive(random, mark) {
  const root = random.pick(["archive", "mm_projector", "日本"]);
  const members = [
    { name: `${root}/data.pkl`, data: madePickle(random, mark) },
    { name: `${root}/byteorder`, data: Buffer.from(random.pick(["little", "little", "little", "big", ""])) },
    ...random.many(3, (i) => ({ name: `${root}/data/${i}`, data: Buffer.alloc(random.pick([64, 64, 512, 0, 3]), 1) })),
    { name: `${root}/version`, data: Buffer.from("3\n") },
  ];
  if (random.chance(0.3)) {
    const member = random.pick(members);
    Object.assign(
      member,
      random.pick([
        { method: 8 },
        { flags: 1 },
        { size: 0xffffffff },
        { stored: 0 },
        { stored: 0xffffffff },
        { at: 0x7fffffff },
        { crc: 1 },
        { name: "../x" },
        { name: `${root}/data/0/` },
        { name: "x".repeat(2000) },
        { name: "" },
      ]),
    );
    if (random.chance(0.2)) members.push({ ...member });
  }
  return zipOf(members, crc32);
}

/** A real archive whose pickle is damaged and whose checksum still fits, so that the damage reaches the machine that reads it. */
function damagedPickle(random, archive) {
  const name = archive.indexOf("data.pkl");
  const header = archive.lastIndexOf("PK\x03\x04", name, "latin1");
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const listed = archive.indexOf("PK\x01\x02", "latin1");
  const entry = archive.lastIndexOf("PK\x01\x02", archive.indexOf("data.pkl", listed), "latin1");
  const length = archive.readUInt32LE(entry + 20);
  const pickle = mutateBytes(random, archive.subarray(start, start + length), { sameLength: true });
  const changed = Buffer.from(archive);
  pickle.copy(changed, start);
  for (const at of [header + 14, entry + 16]) changed.writeUInt32LE(crc32(pickle) >>> 0, at);
  return changed;
}

export function makeTorch(folder) {
  const path = join(folder, "mm_projector.bin");
  const mark = join(folder, "executed");
  const goldens = [
    ...filesOf(join(GOLDENS, "checkpoints"), ".pt", ".pth", ".bin"),
    join(WORLD, "adapters/llama2/official/mm_projector.bin"),
  ].map((file) => readFileSync(file));
  return async (random) => {
    const golden = random.pick(goldens);
    const bytes = random.way(
      () => madeArchive(random, mark),
      () => damagedPickle(random, golden),
      () => damagedPickle(random, golden),
      () => mutateBytes(random, golden),
    );
    write(path, bytes);
    const { tensors } = await openCheckpoint(path);
    if (existsSync(mark)) throw new Error("a pickle was executed");
    await readTensors(tensors.values());
  };
}

import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { MAX_PICKLE_BYTES, readTorchArchive } from "../../../src/checkpoint/torch/read.js";
import { seededRandom } from "../../../src/tensor/random.js";
import {
  isMaterialised,
  type CheckpointTensor,
  type MaterialisedTensor,
  type TensorInfo,
} from "../../../src/tensor/tensor-info.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { zipBytes, type ZipMemberBytes } from "../../helpers/zip-bytes.js";

const folder = temporaryFolder();

const u8 = (value: number): string => `K${String.fromCharCode(value)}`;
const text = (value: string): string => `U${String.fromCharCode(value.length)}${value}`;
const tuple = (...items: string[]): string => `(${items.join("")}t`;
const storage = (type = "FloatStorage", key = "0", count = 6): string =>
  `${tuple(text("storage"), `ctorch\n${type}\n`, text(key), text("cpu"), u8(count))}Q`;

interface TensorParts {
  readonly storage?: string;
  readonly offset?: number;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
}

/** The pickle of a (2, 3) float32 tensor, or of one that deviates from it. */
function tensorPickle({
  storage: at = storage(),
  offset = 0,
  shape = [2, 3],
  strides = [3, 1],
}: TensorParts = {}): string {
  const sizes = (values: readonly number[]): string => tuple(...values.map(u8));
  return `ctorch._utils\n_rebuild_tensor_v2\n${tuple(at, u8(offset), sizes(shape), sizes(strides), "\x89", "ccollections\nOrderedDict\n)R")}R`;
}

const latin = (content: string): Buffer => Buffer.from(content, "latin1");
const DATA: ZipMemberBytes = { name: "a/data/0", data: new Uint8Array(24) };

function archive(pickle: string, ...others: ZipMemberBytes[]): Buffer {
  return zipBytes([
    { name: "a/data.pkl", data: latin(`\x80\x02${pickle}.`) },
    ...(others.length > 0 ? others : [DATA]),
  ]);
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const path = join(folder, "hostile.pt");
  writeFileSync(path, bytes);
  try {
    await readTorchArchive(path);
  } catch (error) {
    const { name, message } = error as Error;
    expect(name).toBe("InputError");
    expect(message.startsWith(path)).toBe(true);
    expect(message).not.toContain("\n");
    return message.slice(path.length);
  }
  return "nothing";
}

/** Where a tensor that was not put in order lies in its file. */
function rangeOf(tensor: CheckpointTensor): [number, number] {
  const { byteOffset, byteLength } = tensor as TensorInfo;
  return [byteOffset, byteOffset + byteLength];
}

/** The elements of a view in row-major order, each looked up by its indices. */
function indexByIndex(
  data: Uint8Array,
  { shape, strides, bytes }: { shape: readonly number[]; strides: readonly number[]; bytes: number },
): Buffer {
  const size = shape.reduce((product, each) => product * each, 1);
  const elements = Array.from({ length: size }, (_, element) => {
    let rest = element;
    let at = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return data.subarray(at * bytes, (at + 1) * bytes);
  });
  return Buffer.concat(elements);
}

describe("readTorchArchive", () => {
  test("finds a tensor of an archive written by hand, in place", async () => {
    const path = join(folder, "good.pt");
    const bytes = archive(tensorPickle());
    writeFileSync(path, bytes);
    expect(await readTorchArchive(path)).toEqual([
      {
        name: "tensor",
        dtype: "F32",
        shape: [2, 3],
        file: path,
        byteOffset: bytes.indexOf("a/data/0") + 8,
        byteLength: 24,
      },
    ]);
  });

  test.each([
    ["an empty file", new Uint8Array(), ": is not a PyTorch zip archive"],
    ["a file of another kind", latin("GGUF...."), ": is not a PyTorch zip archive"],
    [
      "a legacy pickle",
      latin("\x80\x02\x8a\x0al\xfc"),
      ": is in PyTorch's format from before version 1.6; convert it with",
    ],
    ["an archive cut off", archive(tensorPickle()).subarray(0, -30), ": is not a sound zip archive: "],
    [
      "an encrypted member",
      archive(tensorPickle(), { ...DATA, flags: 1, data: new Uint8Array(36), claimedLength: 24 }),
      ': member "a/data/0" is encrypted',
    ],
    ["a deflated member", archive(tensorPickle(), { ...DATA, method: 8 }), ': member "a/data/0" is compressed'],
    ["a member twice", archive(tensorPickle(), DATA, DATA), ': member "a/data/0" is there twice'],
    [
      "a member that leaves the archive",
      archive(tensorPickle(), { ...DATA, name: "../x" }),
      ": is not a sound zip archive: invalid relative path: ../x",
    ],
    [
      "a member with an absolute path",
      archive(tensorPickle(), { ...DATA, name: "/etc/x" }),
      ": is not a sound zip archive: absolute path",
    ],
    [
      "a member longer than the file",
      archive(tensorPickle(), { ...DATA, claimedLength: 2 ** 31 }),
      ": is not a sound zip archive: ",
    ],
    [
      "two pickles",
      archive(tensorPickle(), { name: "b/data.pkl", data: latin("N.") }),
      ": is a zip archive with 2 members NAME/data.pkl",
    ],
    [
      "a foreign global",
      archive("cos\nsystem\nU\x02lsR"),
      ": its pickle names the Python object os.system, and only plain tensors",
    ],
    ["a global of every object", archive("cx\n__proto__\n"), ": its pickle names the Python object x.__proto__"],
    ["a global constructor", archive("c\nconstructor\n"), ": its pickle names the Python object .constructor"],
    ["a call of a storage type", archive("ctorch\nFloatStorage\n)R"), ": its pickle calls what is no function"],
    ["a call of a tensor", archive(`${tensorPickle()})R`), ": its pickle calls what is no function"],
    [
      "a persistent id that is no storage",
      archive("K\x01Q"),
      ": its pickle describes a storage in a way that torch does not write",
    ],
    ["a tensor on no storage", archive(tensorPickle({ storage: "N" })), ": its pickle describes a tensor in a way"],
    ["fewer strides than axes", archive(tensorPickle({ strides: [1] })), ": its pickle describes a tensor in a way"],
    [
      "65 axes",
      archive(tensorPickle({ shape: Array(65).fill(1) as number[], strides: Array(65).fill(1) as number[] })),
      ": its pickle describes a tensor in a way",
    ],
    [
      "an untyped storage without dtype",
      archive(tensorPickle({ storage: storage("BoolStorage").replace("torch\nBool", "torch.storage\nUntyped") })),
      ": its pickle describes a tensor without dtype",
    ],
    [
      "a shape beyond the storage",
      archive(tensorPickle({ shape: [3, 3] })),
      ': tensor "tensor" of shape (3, 3) and strides (3, 1) reaches beyond its storage of 24 bytes',
    ],
    ["an offset beyond the storage", archive(tensorPickle({ offset: 1 })), "reaches beyond its storage of 24 bytes"],
    [
      "strides beyond the storage",
      archive(tensorPickle({ strides: [4, 1] })),
      "reaches beyond its storage of 24 bytes",
    ],
    [
      "a storage shorter than it says",
      archive(tensorPickle(), { ...DATA, data: new Uint8Array(20) }),
      "lies in data/0, which is 20 bytes, but its pickle says 24",
    ],
    [
      "a storage that is not there",
      archive(tensorPickle({ storage: storage("FloatStorage", "9") })),
      "lies in data/9, which the archive does not hold",
    ],
    [
      "a storage named by a path",
      archive(tensorPickle({ storage: storage("FloatStorage", "../../x") })),
      "lies in data/../../x, which the archive does not hold",
    ],
    [
      "a parameter that is no tensor",
      archive("ctorch._utils\n_rebuild_parameter\n(NNNtR"),
      ": its pickle describes a Parameter in a way",
    ],
    [
      "a dict in itself",
      archive(`}q\x00${text("a")}h\x00s${text("b")}${tensorPickle()}s`),
      ': holds the same dict or list twice, at "a"',
    ],
    [
      "two tensors of one name",
      archive(`}${text("a.b")}${tensorPickle()}s${text("a")}}${text("b")}${tensorPickle()}ss`),
      ': holds two tensors called "a.b"',
    ],
    ["no tensor", archive("}"), ": holds no tensors"],
  ])("refuses %s", async (_title, bytes, message) => {
    expect(await refusal(bytes)).toContain(message);
  });

  test("a repeated view that would fill the memory is refused before anything is read", async () => {
    const axes = Array(5).fill(255) as number[]; // 255^5 elements, all of them the first one
    const bytes = archive(tensorPickle({ shape: axes, strides: [0, 0, 0, 0, 0] }));
    expect(await refusal(bytes)).toContain("is a view that is not contiguous and too large to be put in order");
  });

  test.each([
    ["one axis", [251, 251, 251], [0, 0, 0]],
    ["axes of one", [251, 251, 200, ...Array<number>(17).fill(1)], [0, 0, 0, ...Array<number>(17).fill(7)]],
    ["23 axes of two", Array<number>(23).fill(2), Array.from({ length: 23 }, (_, axis) => axis % 2)],
  ])("a repeated view of %s is put in order while timers go on", async (_title, shape, strides) => {
    const path = join(folder, "repeated.pt");
    writeFileSync(path, archive(tensorPickle({ storage: storage("ByteStorage", "0", 24), shape, strides })));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const [tensor] = await readTorchArchive(path);
    clearInterval(timer);
    const size = shape.reduce((product, each) => product * each);
    expect((tensor as MaterialisedTensor).bytes).toHaveLength(size);
    expect(turns).toBeGreaterThanOrEqual(Math.floor(size / 2 ** 22));
  });

  test.each([
    [1, "ByteStorage"],
    [2, "HalfStorage"],
    [4, "FloatStorage"],
    [8, "DoubleStorage"],
  ])("views of any shape and stride come out as index by index, %d bytes an element", async (bytes, type) => {
    const random = seededRandom(bytes);
    for (let round = 0; round < 60; round++) {
      const shape = Array.from({ length: Math.floor(random() * 6) + 1 }, () => Math.floor(random() * 5) + 1);
      const strides = shape.map(() => Math.floor(random() * 4));
      const count = 1 + shape.reduce((last, size, axis) => last + (size - 1) * strides[axis]!, 0);
      const data = Uint8Array.from({ length: count * bytes }, () => Math.floor(random() * 256));
      const path = join(folder, "view.pt");
      const pickle = tensorPickle({ storage: storage(type, "0", count), shape, strides });
      writeFileSync(path, archive(pickle, { name: "a/data/0", data }));
      const [tensor] = await readTorchArchive(path);
      const read = tensor && isMaterialised(tensor) ? tensor.bytes : readFileSync(path).subarray(...rangeOf(tensor!));
      expect(Buffer.from(read)).toEqual(indexByIndex(data, { shape, strides, bytes }));
    }
  });

  test("names of nested dicts are bounded before they are joined", async () => {
    const key = `X\x00\x00\x01\x00${"k".repeat(65_536)}`;
    const depth = 10_000;
    const nested = `${key}q\x00${"}h\x00".repeat(depth)}${tensorPickle()}${"s".repeat(depth)}`;
    expect(await refusal(archive(nested))).toContain("nests dicts whose names joined are longer than 1000 characters");
  });

  test("dicts that share dicts are refused before their tensors multiply", async () => {
    const memo = (opcode: string, index: number): string => opcode + String.fromCharCode(index);
    const layers = Array.from({ length: 60 }, (_, i) => {
      return `}${memo("q", i + 1)}${text("a")}${memo("h", i)}s${text("b")}${memo("h", i)}s`;
    });
    const pickle = `}${memo("q", 0)}${text("x")}${tensorPickle()}s${layers.join("")}`;
    expect(await refusal(archive(pickle))).toContain(": holds the same dict or list twice");
  });

  test("a pickle over the limit is refused unread", async () => {
    const length = MAX_PICKLE_BYTES + 1;
    const bytes = zipBytes([{ name: "a/data.pkl", data: new Uint8Array(), claimedLength: length }]);
    const directory = bytes.indexOf("PK\x01\x02");
    bytes.writeUInt32LE(directory + length, bytes.length - 6);
    const path = join(folder, "large.pt");
    const file = openSync(path, "w");
    writeSync(file, bytes, 0, directory, 0);
    writeSync(file, bytes, directory, bytes.length - directory, directory + length); // The pickle between is a hole.
    closeSync(file);
    await expect(readTorchArchive(path)).rejects.toThrow(
      `${path}: its pickle is 100000001 bytes, at most 100000000 are read`,
    );
  });
});

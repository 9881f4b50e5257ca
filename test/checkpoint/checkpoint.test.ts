import { chmodSync, copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint, realFileOf } from "../../src/checkpoint/checkpoint.js";
import { requireTensor } from "../../src/checkpoint/weights.js";
import { withoutPrivileges } from "../helpers/hostile-disk.js";
import { safetensorsBytes } from "../helpers/safetensors-bytes.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const GOLDENS = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "checkpoints");
const root = temporaryFolder();
let folders = 0;

/** A new folder with the given files; objects become JSON. */
function folderOf(files: Readonly<Record<string, Uint8Array | object>>): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content instanceof Uint8Array ? content : JSON.stringify(content));
  }
  return folder;
}

/** A safetensors file of one-byte tensors; byte i belongs to name i. */
function shard(...names: string[]): Buffer {
  const entries = names.map((name, i) => [name, { dtype: "U8", shape: [1], data_offsets: [i, i + 1] }]);
  return safetensorsBytes(Object.fromEntries(entries) as object, Uint8Array.from(names.keys()));
}

const index = (weight_map: object): object => ({ metadata: { total_size: 1 }, weight_map });
const A = "model-00001-of-00002.safetensors";
const B = "model-00002-of-00002.safetensors";

async function failure(path: string): Promise<string> {
  try {
    await openCheckpoint(path);
  } catch (error) {
    expect((error as Error).name).toBe("InputError");
    return (error as Error).message.replaceAll(root, "");
  }
  throw new Error(`${path} was opened`);
}

describe("openCheckpoint", () => {
  test("opens one .safetensors file; its folder is the one it lies in", async () => {
    const folder = folderOf({ "adapter.safetensors": shard("x", "y") });
    const path = join(folder, "adapter.safetensors");
    const checkpoint = await openCheckpoint(path);
    expect(checkpoint.folder).toBe(folder);
    expect(checkpoint.path).toBe(path);
    expect([...checkpoint.tensors.keys()]).toEqual(["x", "y"]);
    expect([...checkpoint.files.values()]).toEqual([
      { path, realPath: realpathSync(path), format: "safetensors", metadata: {} },
    ]);
  });

  test("prefers model.safetensors to an index and to PyTorch files, as transformers does", async () => {
    const folder = folderOf({
      "model.safetensors": shard("whole"),
      "model.safetensors.index.json": index({ part: A }),
      [A]: shard("part"),
      "pytorch_model.bin": new Uint8Array(),
    });
    expect([...(await openCheckpoint(folder)).tensors.keys()]).toEqual(["whole"]);
  });

  test("opens the shards of an index, and says in which file each tensor is", async () => {
    const folder = folderOf({
      "model.safetensors.index.json": index({ z: B, a: A, b: A }),
      [A]: shard("a", "b"),
      [B]: shard("z"),
    });
    const { tensors, files } = await openCheckpoint(folder);
    expect([...tensors.values()].map(({ name, file }) => [name, file])).toEqual([
      ["a", join(folder, A)],
      ["b", join(folder, A)],
      ["z", join(folder, B)],
    ]);
    expect([...files.keys()]).toEqual([join(folder, A), join(folder, B)]);
  });

  test("opens numbered shards without an index", async () => {
    const folder = folderOf({ [B]: shard("z"), [A]: shard("a") });
    expect([...(await openCheckpoint(folder)).tensors.keys()]).toEqual(["a", "z"]);
  });

  test("a tensor in two shards is taken from the one the index names, and is an error without index", async () => {
    const files = { [A]: shard("a", "head"), [B]: shard("head") };
    const folder = folderOf({ ...files, "model.safetensors.index.json": index({ a: A, head: B }) });
    expect((await openCheckpoint(folder)).tensors.get("head")!.file).toBe(join(folder, B));
    expect(await failure(folderOf(files))).toMatch(/: tensor "head" is in both .*00001.* and .*00002/);
  });

  test("follows the links of a Hugging Face cache: the path stays the snapshot's, the real file is the blob", async () => {
    const blobs = folderOf({ "0badc0de": shard("a") });
    const folder = folderOf({});
    symlinkSync(join(blobs, "0badc0de"), join(folder, "model.safetensors"));
    const checkpoint = await openCheckpoint(folder);
    const tensor = requireTensor(checkpoint, "a");
    expect(tensor.file).toBe(join(folder, "model.safetensors"));
    expect(realFileOf(checkpoint, tensor)).toBe(realpathSync(join(blobs, "0badc0de")));
  });

  test("a missing shard is named, with an index and without", async () => {
    const one = { [A]: shard("a") };
    expect(await failure(folderOf({ ...one, "model.safetensors.index.json": index({ a: A, z: B }) }))).toContain(
      `: the shard ${B} is missing`,
    );
    expect(await failure(folderOf(one))).toContain(`: the shard ${B} is missing, though ${A} is there`);
  });

  test("an index older than its shards says which files there are: tensors are where they are, or nowhere", async () => {
    const folder = folderOf({
      "model.safetensors.index.json": index({ a: B, gone: A, z: A }),
      [A]: shard("a"),
      [B]: shard("z", "new"),
    });
    const checkpoint = await openCheckpoint(folder);
    expect([...checkpoint.tensors.values()].map(({ name, file }) => [name, file])).toEqual([
      ["a", join(folder, A)],
      ["z", join(folder, B)],
      ["new", join(folder, B)],
    ]);
    expect(() => requireTensor(checkpoint, "gone")).toThrow('has no tensor "gone"; the nearest names are');
  });

  test("a name that the metadata gives for a stored tensor is that tensor", async () => {
    const entries = { head: { dtype: "U8", shape: [1], data_offsets: [0, 1] } };
    const metadata = { format: "pt", table: "head", head: "head", other: "absent" };
    const folder = folderOf({
      "model.safetensors": safetensorsBytes({ __metadata__: metadata, ...entries }, Uint8Array.of(7)),
    });
    const { tensors } = await openCheckpoint(folder);
    expect([...tensors.keys()]).toEqual(["head", "table"]);
    expect(tensors.get("table")).toEqual({ ...tensors.get("head"), name: "table" });
  });

  test.each(["../x.safetensors", "/etc/x.safetensors", "a/../../x.safetensors", "..\\x.safetensors", "C:x.bin", "", 7])(
    "an index that points to %j is refused",
    async (name) => {
      const folder = folderOf({ "model.safetensors.index.json": index({ a: name }) });
      expect(await failure(folder)).toContain(
        `tensor "a" points to ${JSON.stringify(name)}, expected a file inside the folder of the index`,
      );
    },
  );

  test.each([{}, { weight_map: [] }, { weight_map: {} }, []])("an index of shape %j is refused", async (content) => {
    const folder = folderOf({ "model.safetensors.index.json": content });
    expect(await failure(folder)).toContain('has no "weight_map" object from tensor names to file names');
  });

  test("opens the file of an adapter alone, passing over what a training run leaves beside it", async () => {
    const folder = folderOf({
      "config.json": {},
      "training_args.bin": Uint8Array.of(1),
      "optimizer.pt": Uint8Array.of(1),
    });
    copyFileSync(join(GOLDENS, "state-dict.bin"), join(folder, "mm_projector.bin"));
    const { tensors, files } = await openCheckpoint(folder);
    expect(tensors.size).toBe(6);
    expect([...files.values()]).toMatchObject([
      { path: join(folder, "mm_projector.bin"), format: "torch", metadata: {} },
    ]);
  });

  test("says what it looked for in a folder without weights", async () => {
    expect(await failure(folderOf({ "config.json": {} }))).toContain(
      "holds no weights; looked for model.safetensors, model.safetensors.index.json, pytorch_model.bin",
    );
  });

  test("a path that does not exist, and a file of another kind, are errors", async () => {
    expect(await failure(join(root, "nowhere"))).toContain("/nowhere: cannot be opened: no such file or folder");
    expect(await failure(join(folderOf({ "a.onnx": {} }), "a.onnx"))).toContain(
      "is no weight file; expected a folder, or a name ending in .safetensors, .bin, .pt, .pth, .ckpt, .gguf",
    );
  });
});

describe("a checkpoint that may not be read", () => {
  test.each([
    ["folder", "cannot be listed"],
    ["file", "cannot be opened"],
  ])("is one line that names the %s", async (kind, action) => {
    const folder = folderOf({ "model.safetensors": shard("a") });
    const path = kind === "folder" ? folder : join(folder, "model.safetensors");
    chmodSync(root, 0o755);
    chmodSync(path, 0o000);
    const error = await withoutPrivileges(() => openCheckpoint(folder).catch((thrown: Error) => thrown));
    chmodSync(path, 0o755);
    expect(error).toMatchObject({
      name: "UnavailableError",
      message: `${path}: ${action}: permission denied; check the owner and mode of the file and its folders`,
    });
  });
});

describe("requireTensor", () => {
  test("gives the names that are most like the one asked for", async () => {
    const names = [
      "model.mm_projector.0.weight",
      "model.mm_projector.0.bias",
      "model.embed_tokens.weight",
      "lm_head.weight",
    ];
    const checkpoint = await openCheckpoint(folderOf({ "model.safetensors": shard(...names) }));
    expect(() => requireTensor(checkpoint, "mm_projector.0.weight")).toThrow(
      /: has no tensor "mm_projector.0.weight"; the nearest names are "model.mm_projector.0.weight", "model.mm_projector.0.bias", "/,
    );
    expect(requireTensor(checkpoint, "lm_head.weight").byteLength).toBe(1);
  });
});

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCheckpoint } from "../dist/src/checkpoint/checkpoint.js";
import { readTensor } from "../dist/src/files/read-tensor.js";
import { PythonSide } from "./python-side.js";

const MADE = 2000;
const COUNTED = [
  "files",
  "tensors",
  "not made",
  "without tensors",
  "twice the same",
  "refused",
  "unlike tensors",
  "raw errors",
];
const UNLIKE = ["refused", "unlike tensors", "raw errors"];

/** Names, dtypes, shapes and bytes of the tensors in made files against torch.load and safetensors. */
export async function compareCheckpoints({ seed, count = MADE, log }) {
  const python = new PythonSide("checkpoints_side.py");
  const root = mkdtempSync(join(tmpdir(), "langbridge-oracle-"));
  const tally = Object.fromEntries(COUNTED.map((name) => [name, 0]));
  for (let index = 0; index < count; index++) {
    const folder = join(root, String(index));
    const expected = await python.ask({ make: seed + index, folder });
    tally.files++;
    const { kind, note } =
      expected?.error === undefined ? await compareOne(expected, tally) : { kind: "not made", note: expected.error };
    if (kind !== undefined) tally[kind]++;
    if (UNLIKE.includes(kind) || kind === "not made") log(`seed ${seed + index}: ${kind}: ${note}`);
    rmSync(folder, { recursive: true });
  }
  python.end();
  rmSync(root, { recursive: true });
  return { tally, unlike: UNLIKE.reduce((sum, kind) => sum + tally[kind], 0) };
}

async function compareOne({ path, tensors }, tally) {
  let found;
  try {
    found = await describe(path);
  } catch (error) {
    if (error.name !== "InputError") return { kind: "raw errors", note: error.stack };
    // What is said of files that hold nothing, or a dict of tensors under two names, is no difference.
    if (Object.keys(tensors).length === 0 && error.message.endsWith(": holds no tensors"))
      return { kind: "without tensors" };
    if (error.message.includes("holds the same dict or list twice")) return { kind: "twice the same" };
    return { kind: "refused", note: error.message };
  }
  tally.tensors += Object.keys(tensors).length;
  const names = new Set([...Object.keys(tensors), ...Object.keys(found)]);
  const unlike = [...names].find((name) => JSON.stringify(found[name]) !== JSON.stringify(tensors[name]));
  if (unlike === undefined) return {};
  return {
    kind: "unlike tensors",
    note: `${unlike}: ${JSON.stringify(tensors[unlike])}, not ${JSON.stringify(found[unlike])}`,
  };
}

async function describe(path) {
  const { tensors } = await openCheckpoint(path);
  const found = {};
  for (const tensor of tensors.values()) {
    const hash = createHash("sha256")
      .update(await readTensor(tensor))
      .digest("hex");
    found[tensor.name] = [tensor.dtype, tensor.shape, hash];
  }
  return found;
}

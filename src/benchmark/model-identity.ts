import { createHash } from "node:crypto";
import { join } from "node:path";
import { realFileOf, type Checkpoint } from "../checkpoint/checkpoint.js";
import { exists } from "../files/json-file.js";
import { sha256OfFile } from "../files/hash.js";
import { withFile } from "../files/positioned-file.js";
import { isMaterialised, type CheckpointTensor } from "../tensor/tensor-info.js";

/** Bytes read of each tensor: enough to tell any two trainings apart, and milliseconds for a model of any size. */
const SAMPLED_BYTES = 4096;

/** Files beside the weights that decide how a folder answers. */
const SETTINGS = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "chat_template.jinja",
  "chat_template.json",
];

/**
 * A hash that tells a model folder from any other: of its settings files whole, and of the name, type, shape and first
 * SAMPLED_BYTES of every tensor.
 */
export async function hashModel(checkpoint: Checkpoint): Promise<string> {
  const hash = createHash("sha256");
  for (const name of SETTINGS) {
    const path = join(checkpoint.folder, name);
    if (await exists(path)) hash.update(`${name} ${await sha256OfFile(path)}\n`);
  }
  for (const tensor of [...checkpoint.tensors.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${tensor.name} ${tensor.dtype} ${tensor.shape.join()}\n`);
    hash.update(await firstBytes(checkpoint, tensor));
  }
  return hash.digest("hex");
}

async function firstBytes(checkpoint: Checkpoint, tensor: CheckpointTensor): Promise<Uint8Array> {
  if (isMaterialised(tensor)) return tensor.bytes.subarray(0, SAMPLED_BYTES);
  const length = Math.min(SAMPLED_BYTES, tensor.byteLength);
  return withFile(realFileOf(checkpoint, tensor), (file) => file.read(tensor.byteOffset, length));
}

import { createHash } from "node:crypto";
import { join } from "node:path";
import { realFileOf, type Checkpoint } from "./checkpoint.js";
import { exists } from "../files/look.js";
import { sha256, sha256OfFile } from "../files/hash.js";
import { withFile } from "../files/positioned-file.js";
import {
  isDecoded,
  isMaterialised,
  isMerged,
  storedByteLength,
  storedTypeName,
  type CheckpointTensor,
} from "../tensor/tensor-info.js";

/** Read of each tensor, from its beginning, its end and evenly between: milliseconds for a model of any size. */
const [SAMPLES, SAMPLED_BYTES] = [16, 1024];

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
 * A hash that tells one training of a model from another: of its settings files whole, and of the name, type, shape and a sample of
 * the bytes of every tensor. A change of single numbers can escape it; hashing tens of GB before every run would cost minutes.
 */
export async function hashModel(checkpoint: Checkpoint): Promise<string> {
  const hash = createHash("sha256");
  for (const line of await settingsLines(checkpoint)) hash.update(`${line}\n`);
  for (const tensor of [...checkpoint.tensors.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${tensor.name} ${storedTypeName(tensor)} ${tensor.shape.join()}\n`);
    for (const sample of await sampleBytes(checkpoint, tensor)) hash.update(sample);
  }
  return hash.digest("hex");
}

/** A GGUF file has its settings in front of its weights; the files beside it are of other models. */
async function settingsLines({ folder, files }: Checkpoint): Promise<string[]> {
  const headers = [...files.values()].flatMap(({ realPath, gguf }) => (gguf ? [{ realPath, ...gguf }] : []));
  if (headers.length > 0) return Promise.all(headers.map(hashOfHeader));
  const paths = SETTINGS.map((name) => ({ name, path: join(folder, name) }));
  const lines: string[] = [];
  for (const { name, path } of paths) if (await exists(path)) lines.push(`${name} ${await sha256OfFile(path)}`);
  return lines;
}

async function hashOfHeader({ realPath, headerLength }: { readonly realPath: string; readonly headerLength: number }) {
  return withFile(realPath, async (file) => sha256(await file.read(0, headerLength)));
}

async function sampleBytes(checkpoint: Checkpoint, tensor: CheckpointTensor): Promise<readonly Uint8Array[]> {
  const places = samplePlaces(storedByteLength(tensor));
  if (isMerged(tensor)) {
    const { left, right, scale } = tensor.change;
    const parts = [tensor.base, left, right].map((part) => sampleBytes(checkpoint, part));
    return [Buffer.from(String(scale)), ...(await Promise.all(parts)).flat()];
  }
  if (isMaterialised(tensor)) return places.map(({ start, length }) => tensor.bytes.subarray(start, start + length));
  const { byteOffset } = isDecoded(tensor) ? tensor.stored : tensor;
  return withFile(realFileOf(checkpoint, tensor), (file) =>
    Promise.all(places.map(({ start, length }) => file.read(byteOffset + start, length))),
  );
}

/** All of a small tensor, else SAMPLES places from the first to the last bytes. */
function samplePlaces(byteLength: number): { start: number; length: number }[] {
  if (byteLength <= SAMPLES * SAMPLED_BYTES) return [{ start: 0, length: byteLength }];
  const step = (byteLength - SAMPLED_BYTES) / (SAMPLES - 1);
  return Array.from({ length: SAMPLES }, (_, i) => ({ start: Math.floor(i * step), length: SAMPLED_BYTES }));
}

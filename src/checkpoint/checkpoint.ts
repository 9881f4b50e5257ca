import { join } from "node:path";
import pMap from "p-map";
import { InputError } from "../errors.js";
import { exists, realPath } from "../files/look.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { readGguf, type GgufSettings } from "./gguf/read.js";
import { checkSplits } from "./gguf/splits.js";
import { readSafetensors } from "./safetensors/read.js";
import { readTorchArchive } from "./torch/read.js";
import { findWeightFiles, weightFormat, type WeightFiles, type WeightFormat } from "./weight-files.js";

/** One weight file of a checkpoint. */
export interface CheckpointFile {
  /** As `TensorInfo.file` spells it. */
  readonly path: string;
  /** With every symbolic link followed: a Hugging Face cache keeps the bytes in `blobs/`. */
  readonly realPath: string;
  readonly format: WeightFormat;
  /** safetensors' `__metadata__`; empty for the other formats. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What a GGUF file says of the model; undefined for the other formats. */
  readonly gguf?: GgufSettings | undefined;
}

/** Where all the tensors of a model or an adapter lie; no weight is in memory. */
export interface Checkpoint {
  /** What was asked for, as errors name it: a folder or a file. */
  readonly path: string;
  /** The folder of the weight files; config.json and the tokenizer lie there too. */
  readonly folder: string;
  /** By `CheckpointFile.path`. */
  readonly files: ReadonlyMap<string, CheckpointFile>;
  /** By name, file after file, each in its own order. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

/** Headers read at the same time; each costs one open file. The largest sharded models have some 200 files. */
const HEADERS_AT_ONCE = 16;

/**
 * Opens a checkpoint by its headers: a .safetensors file, a PyTorch zip archive, a .gguf file, split or not, or a Hugging
 * Face folder of the first two, sharded or not.
 *
 * @throws InputError naming the file that is absent, malformed or holds a tensor another file holds too
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const weights = await findWeightFiles(path);
  const opened = await pMap(weights.names, (name) => openWeightFile(weights, name), { concurrency: HEADERS_AT_ONCE });
  const files = new Map(opened.map(({ file }) => [file.path, file]));
  const parts = [...files.values()].flatMap(({ path, gguf }) => (gguf ? [{ path, metadata: gguf.metadata }] : []));
  if (parts.length > 0) checkSplits(parts);
  return { path, folder: weights.folder, files, tensors: collectTensors(opened, weights) };
}

/** The real file behind a tensor's path: what a reader needs that refuses links which leave a folder. */
export function realFileOf(checkpoint: Checkpoint, tensor: CheckpointTensor): string {
  return checkpoint.files.get(tensor.file)!.realPath;
}

interface FileContent extends Pick<CheckpointFile, "metadata" | "gguf"> {
  readonly tensors: readonly CheckpointTensor[];
}

const READERS: Readonly<Record<WeightFormat, (path: string) => Promise<FileContent>>> = {
  safetensors: readSafetensors,
  torch: async (path) => ({ tensors: await readTorchArchive(path), metadata: {} }),
  gguf: async (path) => {
    const { tensors, ...gguf } = await readGguf(path);
    return { tensors, gguf, metadata: {} };
  },
};

interface OpenedFile {
  readonly name: string;
  readonly file: CheckpointFile;
  readonly tensors: readonly CheckpointTensor[];
}

async function openWeightFile({ folder, names, weightMap }: WeightFiles, name: string): Promise<OpenedFile> {
  const path = join(folder, name);
  if ((names.length > 1 || weightMap.size > 0) && !(await exists(path))) {
    throw new InputError(`${folder}: the shard ${name} is missing; fetch it, or the folder anew`);
  }
  const format = weightFormat(path);
  const { tensors, ...said } = await READERS[format](path);
  return { name, file: { path, realPath: await realPath(path), format, ...said }, tensors };
}

/** A tensor in two files is an error, unless the index says which one counts. */
function collectTensors(
  opened: readonly OpenedFile[],
  { folder, weightMap }: WeightFiles,
): Map<string, CheckpointTensor> {
  const tensors = new Map<string, CheckpointTensor>();
  // An index may be older than its shards and name tensors that none or another of them holds; transformers reads it for the files alone.
  const chosen = new Set<string>();
  for (const { name, tensors: own } of opened) {
    for (const tensor of own) {
      const other = tensors.get(tensor.name);
      const isChosen = weightMap.get(tensor.name) === name;
      if (other !== undefined && !isChosen && !chosen.has(tensor.name)) {
        throw new InputError(
          `${folder}: tensor ${JSON.stringify(tensor.name)} is in both ${other.file} and ${tensor.file}`,
        );
      }
      if (isChosen) chosen.add(tensor.name);
      if (other === undefined || isChosen) tensors.set(tensor.name, tensor);
    }
  }
  for (const { file } of opened) addAliases(tensors, file);
  return tensors;
}

/** Names of tensors that safetensors' save_model stored once, under the name that its metadata gives for them. */
function addAliases(tensors: Map<string, CheckpointTensor>, { metadata }: CheckpointFile): void {
  for (const [alias, name] of Object.entries(metadata)) {
    const stored = tensors.get(name);
    if (stored !== undefined && !tensors.has(alias)) tensors.set(alias, { ...stored, name: alias });
  }
}

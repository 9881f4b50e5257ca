import { basename, dirname, extname, join } from "node:path";
import { InputError } from "../errors.js";
import { isFolder, listFolder } from "../files/look.js";
import { splitNames } from "./gguf/splits.js";
import { describeMissingWeights } from "./missing-weights.js";
import { readShardIndex } from "./shard-index.js";

export type WeightFormat = "safetensors" | "torch" | "gguf";

const FORMATS: Readonly<Record<string, WeightFormat>> = {
  ".safetensors": "safetensors",
  ".bin": "torch",
  ".pt": "torch",
  ".pth": "torch",
  ".ckpt": "torch",
  ".gguf": "gguf",
};

/** The files that hold the weights of one checkpoint, before any of them is opened. */
export interface WeightFiles {
  readonly folder: string;
  /** Relative to `folder`, sorted, each once. */
  readonly names: readonly string[];
  /** Tensor name to file name, where an index says it. */
  readonly weightMap: ReadonlyMap<string, string>;
}

/** Tried in this order, which is transformers'; after it LLaVA's file of an adapter alone. */
const FOLDER_LAYOUTS: readonly { readonly name: string; readonly isIndex: boolean }[] = [
  { name: "model.safetensors", isIndex: false },
  { name: "model.safetensors.index.json", isIndex: true },
  { name: "pytorch_model.bin", isIndex: false },
  { name: "pytorch_model.bin.index.json", isIndex: true },
  { name: "mm_projector.bin", isIndex: false },
];

const SHARD_NAME = /^(?<stem>.+)-(?<index>\d{5})-of-(?<count>\d{5})\.(?:safetensors|bin)$/;

export function weightFormat(path: string): WeightFormat {
  const format = FORMATS[extname(path)];
  if (format !== undefined) return format;
  throw new InputError(
    `${path}: is no weight file; expected a folder, or a name ending in ${Object.keys(FORMATS).join(", ")}`,
  );
}

/**
 * Finds the weight files of `path`: one file, or a Hugging Face folder.
 *
 * @throws InputError when there are none, or when an index or a shard name promises a file that is not there
 */
export async function findWeightFiles(path: string): Promise<WeightFiles> {
  if (!(await isFolder(path))) {
    const name = basename(path);
    return {
      folder: dirname(path),
      names: weightFormat(path) === "gguf" ? splitNames(name) : [name],
      weightMap: new Map(),
    };
  }
  const names = await listFolder(path);
  const layout = FOLDER_LAYOUTS.find(({ name }) => names.includes(name));
  if (layout === undefined)
    return { folder: path, names: await findUnindexedShards(path, names), weightMap: new Map() };
  if (!layout.isIndex) return { folder: path, names: [layout.name], weightMap: new Map() };
  const weightMap = await readShardIndex(join(path, layout.name));
  return { folder: path, names: [...new Set(weightMap.values())].sort(), weightMap };
}

/** Which of a folder's files hold its weights, by their names alone: those of the layout that is read. */
export interface WeightLayout {
  /** The index that names the files; undefined where their names are known without one. */
  readonly index?: string | undefined;
  readonly names: readonly string[];
}

/** The layout that `findWeightFiles` would read of a folder with these names; no names where there is none. */
export function weightLayout(names: readonly string[]): WeightLayout {
  const layout = FOLDER_LAYOUTS.find(({ name }) => names.includes(name));
  if (layout === undefined) return { names: names.filter((name) => SHARD_NAME.test(name)) };
  return layout.isIndex ? { index: layout.name, names: [] } : { names: [layout.name] };
}

/** Whether `path` is a weight file, or a folder that holds weights under one of the names that are looked for. */
export async function hasWeights(path: string): Promise<boolean> {
  if (!(await isFolder(path))) return FORMATS[extname(path)] !== undefined;
  const names = await listFolder(path);
  return FOLDER_LAYOUTS.some(({ name }) => names.includes(name)) || names.some((name) => SHARD_NAME.test(name));
}

/** Whether a folder holds every file of its weights, those of a LoRA too. */
export async function hasAllWeights(folder: string): Promise<boolean> {
  const names = await listFolder(folder);
  if (names.includes("adapter_model.safetensors") || names.includes("adapter_model.bin")) return true;
  const { index, names: known } = weightLayout(names);
  // A file that was fetched alone has no settings beside it.
  if (!names.includes("config.json") && !known.includes("mm_projector.bin")) return false;
  if (index === undefined) {
    const count = SHARD_NAME.exec(known[0] ?? "")?.groups?.["count"];
    return known.length > 0 && known.length === Number(count ?? 1);
  }
  const shards = new Set((await readShardIndex(join(folder, index))).values());
  return [...shards].every((name) => names.includes(name));
}

/** Says of a folder without weights what it is instead, where that is known, and what to do. */
export async function describeFolder(path: string): Promise<string | undefined> {
  return (await isFolder(path)) ? describeMissingWeights(path, await listFolder(path)) : undefined;
}

/** Shards without their index are still whole when every number of "-00001-of-00003" is there. */
async function findUnindexedShards(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const first = names.find((name) => SHARD_NAME.test(name));
  if (first === undefined) {
    const tried = FOLDER_LAYOUTS.map(({ name }) => name).join(", ");
    const instead = await describeMissingWeights(folder, names);
    throw new InputError(
      `${folder}: ${instead ?? `holds no weights; looked for ${tried}; name the file itself if it is called otherwise`}`,
    );
  }
  const { stem, count } = SHARD_NAME.exec(first)!.groups as { stem: string; count: string };
  const shards = Array.from({ length: Number(count) }, (_, i) => {
    return `${stem}-${String(i + 1).padStart(5, "0")}-of-${count}${extname(first)}`;
  });
  const missing = shards.find((name) => !names.includes(name));
  if (missing !== undefined)
    throw new InputError(`${folder}: the shard ${missing} is missing, though ${first} is there`);
  return shards;
}

import { InputError } from "../errors.js";
import { sha256OfFile } from "../files/hash.js";
import { readTensor } from "../files/read-tensor.js";
import { someOf } from "../layout/some-of.js";
import { isFloatDtype, type FloatDtype } from "../tensor/dtype.js";
import { allFinite } from "../tensor/float-arrays.js";
import { decodeFloats } from "../tensor/half.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { readNpy } from "./npy.js";
import { readSafetensors } from "./safetensors/read.js";

/** Where the features of an item lie; nothing of them is in memory. */
interface FeatureEntry {
  readonly tensor: CheckpointTensor & { readonly dtype: FloatDtype };
  /** How many vectors the item has. */
  readonly vectors: number;
}

/**
 * Features that an encoder made elsewhere, of pictures, sounds or anything else: an entry for each item, (vectors, width), in place of what a
 * vision tower makes of pictures.
 */
export interface FeatureFile {
  readonly path: string;
  /** Numbers of a vector, the same in every entry. */
  readonly width: number;
  /** By the names of the items, in the order of the file. */
  readonly entries: ReadonlyMap<string, FeatureEntry>;
}

/**
 * Opens a file of features by its header: a .safetensors file holds a tensor (vectors, width) or (width) for each item, by the item's name;
 * a .npy file one array (items, vectors, width), or (items, width) of one vector each, whose items are named "0", "1" and so on.
 *
 * @param path the file
 * @param taken what its vectors are for: the width that is expected, and who expects it
 * @throws InputError for another kind of file, an entry of another shape, and entries of several widths or of none that is `taken`
 */
export async function openFeatureFile(
  path: string,
  taken?: { readonly width: number; readonly by: string },
): Promise<FeatureFile> {
  const tensors = await readEntries(path);
  const entries = new Map<string, FeatureEntry>();
  let width: number | undefined = taken?.width;
  for (const [name, tensor] of tensors) {
    const { dtype, shape } = tensor;
    const where = `${path}: entry ${JSON.stringify(name)}`;
    const found = `${where} is ${dtype} (${shape.join(", ")})`;
    const [vectors, own] = shape.length === 1 ? [1, shape[0]!] : (shape as readonly [number, number]);
    if (!isFloatDtype(dtype) || shape.length < 1 || shape.length > 2 || vectors * own === 0) {
      throw new InputError(
        `${found}, expected (vectors, width) or (width) of F32, F16 or BF16, and at least one vector`,
      );
    }
    width ??= own;
    if (own !== width) {
      throw new InputError(
        taken === undefined
          ? `${found}, the entries before it have vectors of ${width} numbers; make all features with one encoder`
          : `${found}, and ${taken.by} takes vectors of ${width} numbers; make the features with the encoder that it was trained with`,
      );
    }
    entries.set(name, { tensor: { ...tensor, dtype }, vectors });
  }
  if (width === undefined || entries.size === 0)
    throw new InputError(`${path}: holds no entries, expected one for each item`);
  return { path, width, entries };
}

/**
 * The features of an item, (vectors, width).
 *
 * @throws InputError for a name that no entry has, and for numbers that are not finite
 */
export async function readFeatures(file: FeatureFile, name: string): Promise<Float32Array> {
  const entry = file.entries.get(name);
  if (entry === undefined) throw missingEntries(file, [name]);
  const { tensor } = entry;
  const features = decodeFloats(await readTensor(tensor), tensor.dtype);
  if (allFinite(features)) return features;
  throw new InputError(
    `${file.path}: entry ${JSON.stringify(name)} holds numbers that are not finite; make its features again`,
  );
}

/** The error about names that no entry has: which, and what names the file has. */
export function missingEntries({ path, entries }: FeatureFile, names: readonly string[]): InputError {
  const quoted = (list: Iterable<string>): string => someOf([...list].map((name) => JSON.stringify(name)));
  return new InputError(
    `${path}: no entry is named ${quoted(names)}; it has ${entries.size}: ${quoted(entries.keys())}`,
  );
}

/** What tells one file of features from another. */
export const hashFeatureFile = (path: string): Promise<string> => sha256OfFile(path);

async function readEntries(path: string): Promise<ReadonlyMap<string, CheckpointTensor>> {
  if (path.endsWith(".safetensors")) {
    const { tensors } = await readSafetensors(path);
    return new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }
  if (path.endsWith(".npy")) return itemsOf(await readNpy(path));
  throw new InputError(`${path}: is no file of features by its name, expected one that ends with .safetensors or .npy`);
}

/** The items of one array, each a tensor of its own at its place. */
function itemsOf(array: Awaited<ReturnType<typeof readNpy>>): Map<string, CheckpointTensor> {
  const { file, shape, byteOffset } = array;
  const [items = 0, ...rest] = shape;
  if (rest.length < 1 || rest.length > 2) {
    throw new InputError(`${file}: is (${shape.join(", ")}), expected (items, vectors, width) or (items, width)`);
  }
  const byteLength = items === 0 ? 0 : array.byteLength / items;
  const at = (item: number): CheckpointTensor => {
    return { ...array, name: String(item), shape: rest, byteOffset: byteOffset + item * byteLength, byteLength };
  };
  return new Map(Array.from({ length: items }, (_, item) => [String(item), at(item)]));
}

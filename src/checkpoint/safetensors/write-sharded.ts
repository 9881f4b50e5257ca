import { join } from "node:path";
import { writeTextAtomically } from "../../files/file-writer.js";
import { outlineByteLength, type TensorOutline, type TensorToWrite } from "../tensor-to-write.js";
import { writeSafetensors, type SafetensorsOptions } from "./write.js";

/** Largest shard, in bytes, unless one tensor is larger: what transformers wrote by default before release 5. */
const MAX_SHARD_BYTES = 5e9;

export interface ShardedOptions extends SafetensorsOptions {
  readonly maxShardBytes?: number | undefined;
}

/** A checkpoint as it was written. */
export interface WrittenShards {
  /** Names of the weight files, in order. */
  readonly files: readonly string[];
  readonly byteLength: number;
}

/**
 * Writes tensors as a Hugging Face checkpoint into `folder`: model.safetensors, or shards in the order given with
 * model.safetensors.index.json beside them.
 *
 * @throws what `writeSafetensors` throws
 */
export async function writeShardedSafetensors(
  folder: string,
  tensors: readonly TensorToWrite[],
  { maxShardBytes = MAX_SHARD_BYTES, ...options }: ShardedOptions = {},
): Promise<WrittenShards> {
  const shards = cutIntoShards(tensors, maxShardBytes);
  const files = shards.map((_, index) => shardName(index, shards.length));
  let byteLength = 0;
  for (const [index, shard] of shards.entries()) {
    byteLength += (await writeSafetensors(join(folder, files[index]!), shard, options)).byteLength;
  }
  if (shards.length > 1) await writeTextAtomically(join(folder, `${STEM}.safetensors.index.json`), indexOf(shards));
  return { files, byteLength };
}

const STEM = "model";

function shardName(index: number, count: number): string {
  if (count === 1) return `${STEM}.safetensors`;
  const padded = (number: number): string => String(number).padStart(5, "0");
  return `${STEM}-${padded(index + 1)}-of-${padded(count)}.safetensors`;
}

/** Fills one shard after the other, in order; at least one, and none that is empty unless there are no tensors. */
function cutIntoShards<Tensor extends TensorOutline>(tensors: readonly Tensor[], maxBytes: number): Tensor[][] {
  const shards: Tensor[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    const own = bytesOf(tensor);
    if (bytes > 0 && bytes + own > maxBytes) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)!.push(tensor);
    bytes += own;
  }
  return shards;
}

const bytesOf = (tensor: TensorOutline): number => outlineByteLength(tensor, "the checkpoint to be written");

/** The index as transformers writes it, tensors by name. */
function indexOf(shards: readonly (readonly TensorOutline[])[]): string {
  const places = shards.flatMap((shard, index) =>
    shard.map(({ name }) => [name, shardName(index, shards.length)] as const),
  );
  const total = shards.flat().reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  const weight_map = Object.fromEntries(places.sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ metadata: { total_size: total }, weight_map }, null, 2)}\n`;
}

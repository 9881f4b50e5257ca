import { createHash } from "node:crypto";
import { InputError } from "../../errors.js";
import { writeFileAtomically, type WrittenFile } from "../../files/file-writer.js";
import { DTYPE_BITS } from "../../tensor/dtype.js";
import type { TensorInfo } from "../../tensor/tensor-info.js";
import { checkedChunks, outlineByteLength, type TensorOutline, type TensorToWrite } from "../tensor-to-write.js";
import { CHECKSUM_KEY } from "./checksum.js";
import { METADATA_KEY } from "./header.js";

export type { TensorToWrite } from "../tensor-to-write.js";

export interface SafetensorsOptions {
  /** Text kept in the header's `__metadata__`; left out when empty. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * For a file that is read again without any other check: the SHA-256 of its data becomes the metadata's `data_sha256`, and it is on
   * the disk before it gets its name. See `holdsItsData`.
   */
  readonly checksum?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The file, and where its tensors lie in it, in file order. */
export interface WrittenSafetensors extends WrittenFile {
  readonly tensors: readonly TensorInfo[];
}

interface PlacedTensor<Tensor extends TensorOutline> {
  readonly tensor: Tensor;
  /** From the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** Stands in the header until the data is written; as long as a digest. */
const NO_DIGEST = "0".repeat(64);

const DTYPE_RANK = new Map(Object.keys(DTYPE_BITS).map((dtype, rank) => [dtype, rank]));

/**
 * Writes a safetensors file; a streamed tensor is never held whole. The same input gives the same bytes, and those of the
 * reference implementation but for the order of several metadata keys, which is alphabetical here.
 *
 * @throws InputError for a name used twice or a stream of another length than its shape; otherwise as `writeFileAtomically`,
 *   which makes the file appear whole or not at all
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  { metadata = {}, checksum = false, signal }: SafetensorsOptions = {},
): Promise<WrittenSafetensors> {
  const placed = placeTensors(tensors, path);
  const headerWith = (digest: string): Uint8Array =>
    encodeHeader(placed, checksum ? { ...metadata, [CHECKSUM_KEY]: digest } : metadata);
  const header = headerWith(NO_DIGEST);
  const hash = createHash("sha256");
  const written = await writeFileAtomically(
    path,
    async (writer) => {
      await writer.append(header);
      for (const { tensor } of placed) {
        for await (const chunk of checkedChunks(tensor, path)) {
          if (checksum) hash.update(chunk);
          await writer.append(chunk);
        }
      }
      if (checksum) await writer.rewriteStart(headerWith(hash.digest("hex")));
    },
    { durable: checksum, signal },
  );
  return { ...written, tensors: placed.map((entry) => locate(entry, header.byteLength, path)) };
}

/** Largest alignment first, then by the bytes of the name, without gaps: the order of the reference implementation. */
function placeTensors<Tensor extends TensorOutline>(tensors: readonly Tensor[], path: string): PlacedTensor<Tensor>[] {
  const sorted = tensors.toSorted(
    (a, b) =>
      DTYPE_RANK.get(b.dtype)! - DTYPE_RANK.get(a.dtype)! || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  );
  const names = new Set<string>([METADATA_KEY]);
  let end = 0;
  return sorted.map((tensor) => {
    const { name } = tensor;
    if (names.has(name)) throw new InputError(`${path}: the tensor name ${JSON.stringify(name)} is taken already`);
    names.add(name);
    const begin = end;
    end += outlineByteLength(tensor, path);
    return { tensor, begin, end };
  });
}

/** The 8-byte length and the JSON, padded with spaces so that the data starts at a multiple of 8 bytes. */
function encodeHeader(
  placed: readonly PlacedTensor<TensorOutline>[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries = placed.map(({ tensor: { name, dtype, shape }, begin, end }): [string, string] => {
    return [name, JSON.stringify({ dtype, shape, data_offsets: [begin, end] })];
  });
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (texts.length > 0) {
    entries.unshift([METADATA_KEY, encodeObject(texts.map(([key, text]) => [key, JSON.stringify(text)]))]);
  }
  const json = encodeObject(entries);
  const length = Math.ceil(Buffer.byteLength(json) / 8) * 8;
  const header = Buffer.alloc(8 + length, " ");
  header.writeBigUInt64LE(BigInt(length));
  header.write(json, 8);
  return header;
}

/** A JSON object with its keys in this order; JSON.stringify would move a key such as "0" to the front. */
function encodeObject(entries: readonly (readonly [key: string, json: string])[]): string {
  return `{${entries.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(",")}}`;
}

function locate({ tensor, begin, end }: PlacedTensor<TensorToWrite>, headerBytes: number, path: string): TensorInfo {
  const { name, dtype, shape } = tensor;
  return { name, dtype, shape, file: path, byteOffset: headerBytes + begin, byteLength: end - begin };
}

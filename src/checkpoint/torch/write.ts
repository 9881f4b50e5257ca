import { InputError } from "../../errors.js";
import { writeFileAtomically, type FileWriter, type WrittenFile } from "../../files/file-writer.js";
import { checkedChunks, outlineByteLength, type TensorToWrite } from "../tensor-to-write.js";
import { crc32 } from "./crc32.js";
import { pickleBareTensor, pickleTensorDict } from "./pickle-writer.js";
import { centralDirectory, dataDescriptor, localHeader, type WrittenMember } from "./zip-format.js";

/** Data of every member starts at such a multiple, as torch writes it, so that storages can be mapped into memory. */
const ALIGNMENT = 64;

/** Everything lies in one folder of the archive; torch takes any name. */
const FOLDER = "archive";

/** The version of torch's archive format, in every file since 1.6. */
const FORMAT_VERSION = "3\n";

/**
 * Writes a PyTorch zip archive that `torch.load(path, weights_only=True)` opens on a CPU: a dict of the tensors in the order
 * given, or one tensor alone. Streamed tensors are never held whole; the same input gives the same bytes.
 *
 * @throws InputError for a name used twice, a dtype that has no PyTorch storage type, or a stream of another length than its
 *   shape; otherwise as `writeFileAtomically`, which makes the file appear whole or not at all
 */
export async function writeTorchArchive(
  path: string,
  content: TensorToWrite | readonly TensorToWrite[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<WrittenFile> {
  const tensors = isList(content) ? content : [content];
  checkNames(tensors, path);
  const pickle = isList(content) ? pickleTensorDict(content, path) : pickleBareTensor(content, path);
  const write = async (writer: FileWriter): Promise<void> => {
    const members = [
      await appendBytes(writer, "data.pkl", pickle),
      await appendBytes(writer, "byteorder", Buffer.from("little")),
    ];
    for (const [i, tensor] of tensors.entries()) members.push(await appendTensor(writer, `data/${i}`, tensor, path));
    members.push(await appendBytes(writer, "version", Buffer.from(FORMAT_VERSION)));
    await writer.append(centralDirectory(members, writer.position));
  };
  return writeFileAtomically(path, write, { signal });
}

function isList(content: TensorToWrite | readonly TensorToWrite[]): content is readonly TensorToWrite[] {
  return Array.isArray(content);
}

function checkNames(tensors: readonly TensorToWrite[], path: string): void {
  const names = tensors.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InputError(`${path}: the tensor name ${JSON.stringify(twice)} is taken already`);
}

async function appendTensor(
  writer: FileWriter,
  name: string,
  tensor: TensorToWrite,
  path: string,
): Promise<WrittenMember> {
  return appendMember(writer, { name, length: outlineByteLength(tensor, path), chunks: checkedChunks(tensor, path) });
}

async function appendBytes(writer: FileWriter, name: string, bytes: Uint8Array): Promise<WrittenMember> {
  return appendMember(writer, { name, length: bytes.byteLength, chunks: [bytes] });
}

interface Member {
  /** Below FOLDER. */
  readonly name: string;
  readonly length: number;
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

async function appendMember(writer: FileWriter, { name, length, chunks }: Member): Promise<WrittenMember> {
  const outline = { name: `${FOLDER}/${name}`, length };
  const offset = writer.position;
  await writer.append(localHeader(outline, offset, ALIGNMENT));
  let checksum = 0;
  for await (const chunk of chunks) {
    await writer.append(chunk);
    checksum = crc32(chunk, checksum);
  }
  await writer.append(dataDescriptor({ length, crc32: checksum }));
  return { ...outline, offset, crc32: checksum };
}

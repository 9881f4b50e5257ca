import { InputError } from "../../errors.js";
import { allocateBytes } from "../../files/allocate.js";
import { contentHint, START_BYTES } from "../../files/foreign-content.js";
import { withFile, type PositionedFile } from "../../files/positioned-file.js";
import { DTYPE_BITS } from "../../tensor/dtype.js";
import { tensorByteLength, type CheckpointTensor } from "../../tensor/tensor-info.js";
import { flattenTensors } from "./flatten.js";
import { readPickle } from "./pickle.js";
import { isContiguous, packElements, spanOf } from "./strides.js";
import { torchHost, type StridedTensor } from "./torch-globals.js";
import { checkStored, readZipMembers, type ZipMember } from "./zip-members.js";

/** Longest pickle read, in bytes. A tensor takes some 100 to 200 bytes; 90,000 of them (DeepSeek-V3) 18 MB. */
export const MAX_PICKLE_BYTES = 100_000_000;

/**
 * Most memory for the tensors of one file that have to be put in row-major order, in bytes, counting what is read and
 * what is kept. The largest real case is a transposed vocabulary matrix: 19,200 x 8,192 in bfloat16 is 629 MB so.
 */
const MAX_PACKED_BYTES = 2 ** 30;

/**
 * Finds the tensors of a PyTorch zip archive (.bin, .pt, .pth): a dict of tensors, nested ones, or a single tensor. A
 * contiguous tensor is a place in the archive; other views are read and put in row-major order. Nothing that the pickle names
 * is run.
 *
 * @throws InputError for every archive that is not as torch writes it
 */
export async function readTorchArchive(path: string): Promise<readonly CheckpointTensor[]> {
  return withFile(path, async (file) => {
    await checkIsZip(file);
    const members = await readZipMembers(file);
    const prefix = findPrefix(members, path);
    const find = (name: string): ZipMember | undefined => {
      const member = members.get(prefix + name);
      if (member !== undefined) checkStored(member, path);
      return member;
    };
    await checkByteOrder(file, find("byteorder"));
    const pickle = await readPickleMember(file, find("data.pkl")!);
    const tensors = flattenTensors(readPickle(pickle, torchHost(path), path), path);
    if (tensors.size === 0) throw new InputError(`${path}: holds no tensors`);
    return placeTensors(file, tensors, (key) => find(`data/${key}`));
  });
}

async function checkIsZip(file: PositionedFile): Promise<void> {
  const start = await file.read(0, Math.min(START_BYTES, file.size));
  if (start.subarray(0, 4).equals(Buffer.from("PK\x03\x04"))) return;
  // A pickle starts with PROTO and its protocol; that is how torch before 1.6 began its files.
  if (start[0] === 0x80 && start[1]! <= 5) {
    throw new InputError(
      `${file.path}: is in PyTorch's format from before version 1.6; convert it with: python -c "import torch; torch.save(torch.load('${file.path}', 'cpu', weights_only=True), 'converted.bin')"`,
    );
  }
  throw new InputError(`${file.path}: is not a PyTorch zip archive${contentHint(start)}`);
}

/** Everything lies in one folder of the archive, named after the file when it was written. */
function findPrefix(members: ReadonlyMap<string, ZipMember>, path: string): string {
  const pickles = [...members.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    throw new InputError(
      `${path}: is a zip archive with ${pickles.length} members NAME/data.pkl, so torch.save did not write it`,
    );
  }
  const prefix = pickles[0]!.slice(0, -"data.pkl".length);
  if (members.has(`${prefix}constants.pkl`)) {
    throw new InputError(`${path}: is a TorchScript program; save the state_dict() of the model instead`);
  }
  return prefix;
}

/** Archives from before torch 2.1 do not say; they come from little-endian machines. */
async function checkByteOrder(file: PositionedFile, member: ZipMember | undefined): Promise<void> {
  if (member === undefined) return;
  const order = (await file.read(member.offset, Math.min(member.length, 16))).toString("latin1");
  if (order !== "little") {
    throw new InputError(
      `${file.path}: its byte order is ${JSON.stringify(order)}, only little-endian archives are read; save it anew on a little-endian machine`,
    );
  }
}

async function readPickleMember(file: PositionedFile, { offset, length }: ZipMember): Promise<Uint8Array> {
  if (length > MAX_PICKLE_BYTES) {
    throw new InputError(`${file.path}: its pickle is ${length} bytes, at most ${MAX_PICKLE_BYTES} are read`);
  }
  return file.read(offset, length);
}

async function placeTensors(
  file: PositionedFile,
  tensors: ReadonlyMap<string, StridedTensor>,
  findStorage: (key: string) => ZipMember | undefined,
): Promise<CheckpointTensor[]> {
  const placed: CheckpointTensor[] = [];
  let memory = 0;
  for (const [name, tensor] of tensors) {
    const where = `${file.path}: tensor ${JSON.stringify(name)}`;
    const { dtype, shape } = tensor;
    const { byteOffset, byteLength, spanBytes } = locate(tensor, findStorage(tensor.storage.key), where);
    const common = { name, dtype, shape, file: file.path, byteLength };
    if (isContiguous(tensor)) {
      placed.push({ ...common, byteOffset });
      continue;
    }
    memory += byteLength + spanBytes;
    if (memory > MAX_PACKED_BYTES) {
      throw new InputError(
        `${where} is a view that is not contiguous and too large to be put in order; save it with .contiguous()`,
      );
    }
    const source = allocateBytes(spanBytes);
    await file.readInto(source, byteOffset);
    placed.push({ ...common, bytes: await packElements(source, tensor, DTYPE_BITS[dtype] / 8) });
  }
  return placed;
}

interface Location {
  /** Of the first element, from the start of the file. */
  readonly byteOffset: number;
  /** From the first element to the last in the storage. */
  readonly spanBytes: number;
  readonly byteLength: number;
}

/** Every torch dtype has elements of whole bytes. */
function locate(tensor: StridedTensor, member: ZipMember | undefined, where: string): Location {
  const { dtype, storage, shape, strides } = tensor;
  const elementBytes = DTYPE_BITS[dtype] / 8;
  const storageBytes = storage.count * (storage.dtype === undefined ? 1 : DTYPE_BITS[storage.dtype] / 8);
  if (member === undefined)
    throw new InputError(`${where} lies in data/${storage.key}, which the archive does not hold`);
  if (member.length !== storageBytes) {
    throw new InputError(
      `${where} lies in data/${storage.key}, which is ${member.length} bytes, but its pickle says ${storageBytes}`,
    );
  }
  const span = spanOf(tensor);
  const byteLength = tensorByteLength(dtype, shape);
  if (span === undefined || byteLength === undefined || span[1] * elementBytes > storageBytes) {
    throw new InputError(
      `${where} of shape (${shape.join(", ")}) and strides (${strides.join(", ")}) reaches beyond its storage of ${storageBytes} bytes`,
    );
  }
  const [begin, end] = span;
  return { byteOffset: member.offset + begin * elementBytes, spanBytes: (end - begin) * elementBytes, byteLength };
}

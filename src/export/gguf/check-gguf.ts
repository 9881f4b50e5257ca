import { readGguf, type GgufFile } from "../../checkpoint/gguf/read.js";
import type { MetadataValue } from "../../checkpoint/gguf/metadata.js";
import type { WrittenKeys } from "../../checkpoint/gguf/write.js";
import { InputError, LangbridgeError } from "../../errors.js";
import { withFile } from "../../files/positioned-file.js";
import { gatherRows } from "../../files/gather-rows.js";
import { matrixShape } from "../../tensor/matrix-shape.js";
import { evenIndices } from "../../tensor/even-sample.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import { decodeFloats } from "../../tensor/half.js";
import {
  isDecoded,
  isMaterialised,
  isMerged,
  storedTypeName,
  type CheckpointTensor,
} from "../../tensor/tensor-info.js";
import type { PlannedFile } from "./plan-mmproj.js";
import { asMatrix, encodeWritten, type PlannedTensor } from "./written-tensor.js";

/** Rows of each tensor that are compared, spread over it. */
const SAMPLE_ROWS = 16;

/**
 * Reopens a file that was just written: its keys are those that were planned, and its tensors hold what their sources say.
 * Returns the finding as one line.
 * @throws LangbridgeError when they differ: the disk or this tool is at fault then
 */
export async function checkGguf(path: string, { name, keys, tensors }: PlannedFile): Promise<string> {
  const file = await readBack(path);
  requireSameKeys(path, file, keys);
  const found = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
  if (found.size !== tensors.length) throw damaged(path, `has ${found.size} tensors, expected ${tensors.length}`);
  let rows = 0;
  for (const planned of tensors) {
    const tensor = found.get(planned.name);
    if (tensor === undefined) throw damaged(path, `has no tensor "${planned.name}"`);
    rows += await compareRows(path, tensor, planned);
  }
  return `${name}: ${keys.size} keys and ${rows} rows of ${tensors.length} tensors read back as they were meant`;
}

async function readBack(path: string): Promise<GgufFile> {
  try {
    return await readGguf(path);
  } catch (error) {
    if (error instanceof InputError) throw new LangbridgeError(error.message, { cause: error });
    throw error;
  }
}

function requireSameKeys(path: string, { metadata }: GgufFile, keys: WrittenKeys): void {
  const plain = (value: MetadataValue | undefined): unknown => {
    if (typeof value === "function") return value();
    return typeof value === "object" ? Array.from(value) : value;
  };
  if (metadata.size !== keys.size) throw damaged(path, `has ${metadata.size} keys, expected ${keys.size}`);
  for (const [key, { value }] of keys) {
    const found = plain(metadata.get(key));
    const expected = typeof value === "object" ? Array.from<unknown>(value) : value;
    if (JSON.stringify(found) !== JSON.stringify(expected)) throw damaged(path, `has "${key}" otherwise than written`);
  }
}

/** The very bytes of some rows, made from the source once more. */
async function compareRows(path: string, written: CheckpointTensor, planned: PlannedTensor): Promise<number> {
  const { name, type, source } = planned;
  const shape = JSON.stringify(written.shape);
  if (storedTypeName(written) !== type || shape !== JSON.stringify(source.shape)) {
    throw damaged(path, `has "${name}" as ${storedTypeName(written)} ${shape}, expected ${type}`);
  }
  if (isMaterialised(written) || isMerged(written)) throw new RangeError(`"${name}" is in no file`);
  const { byteOffset, byteLength } = isDecoded(written) ? written.stored : written;
  const matrix = asMatrix(planned);
  const [count] = matrixShape(matrix);
  const rowBytes = byteLength / count;
  const sample = evenIndices(count, Math.min(count, SAMPLE_ROWS));
  const expected: Uint8Array[] = [];
  const rows = sample.map((row) => planned.order?.[row] ?? row);
  for await (const { bytes } of gatherRows(matrix, rows)) {
    expected.push(encodeWritten(decodeFloats(bytes, source.dtype as FloatDtype), planned));
  }
  const found = await withFile(path, (file) =>
    Promise.all(sample.map((row) => file.read(byteOffset + row * rowBytes, rowBytes))),
  );
  if (!Buffer.concat(expected).equals(Buffer.concat(found)))
    throw damaged(path, `has "${name}" differ from its source`);
  return sample.length;
}

const damaged = (path: string, what: string): LangbridgeError =>
  new LangbridgeError(`${path}: read back it ${what}; the disk is at fault, or a source changed while it was written`);

import { InputError } from "../errors.js";
import { withFile } from "../files/positioned-file.js";
import type { FloatDtype } from "../tensor/dtype.js";
import { tensorByteLength } from "../tensor/tensor-info.js";
import type { TensorInfo } from "../tensor/tensor-info.js";

/** "\x93NUMPY", two bytes of version, and the length of the header: two bytes in version 1, four in 2 and 3. */
const MAGIC = Buffer.from("\x93NUMPY", "latin1");
const VERSION_END = MAGIC.length + 2;

/** Longest header read, in bytes; numpy writes some 120, and refuses to read more than 10,000 itself. */
const MAX_HEADER_BYTES = 10_000;

/** Element types, by numpy's spelling of little-endian floats. */
const DTYPES: Readonly<Record<string, FloatDtype>> = { "<f4": "F32", "<f2": "F16" };

/**
 * Reads where the array of a .npy file lies; only the header is read. Source: numpy, `numpy/lib/format.py`.
 *
 * @throws InputError for what is no such file, for elements other than float32 and float16, and for an array in Fortran's order
 */
export async function readNpy(path: string): Promise<TensorInfo> {
  return withFile(path, async (file) => {
    const start = await file.read(0, Math.min(VERSION_END + 4, file.size));
    if (start.length < VERSION_END + 4 || !start.subarray(0, MAGIC.length).equals(MAGIC)) {
      throw new InputError(`${path}: does not begin as a .npy file does; save the array with numpy.save`);
    }
    const isShort = start[MAGIC.length] === 1;
    const headerStart = VERSION_END + (isShort ? 2 : 4);
    const length = isShort ? start.readUInt16LE(VERSION_END) : start.readUInt32LE(VERSION_END);
    if (length > MAX_HEADER_BYTES || headerStart + length > file.size) {
      throw new InputError(
        `${path}: claims a header of ${length} bytes, expected at most ${MAX_HEADER_BYTES} within the ${file.size} of the file; it is truncated or no .npy file`,
      );
    }
    const header = (await file.read(headerStart, length)).toString("latin1");
    const { dtype, shape } = parseHeader(header, path);
    const byteOffset = headerStart + length;
    const byteLength = tensorByteLength(dtype, shape);
    if (byteLength === undefined || byteOffset + byteLength !== file.size) {
      throw new InputError(
        `${path}: an array (${shape.join(", ")}) of ${dtype} takes ${byteLength ?? "too many"} bytes, but ${file.size - byteOffset} follow the header; the file is truncated or damaged`,
      );
    }
    return { name: "array", file: path, dtype, shape, byteOffset, byteLength };
  });
}

/** The header is a Python dictionary of three keys, which numpy writes in this form alone. */
function parseHeader(header: string, path: string): { dtype: FloatDtype; shape: readonly number[] } {
  const descr = /'descr': ?'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order': ?(True|False)/.exec(header)?.[1];
  const sizes = /'shape': ?\(([\d, ]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || sizes === undefined) {
    throw new InputError(
      `${path}: its header names no 'descr' of one type, 'fortran_order' and 'shape'; save one array of numbers with numpy.save`,
    );
  }
  const dtype = DTYPES[descr];
  if (dtype === undefined) {
    throw new InputError(`${path}: holds ${descr}, expected <f4 or <f2; save array.astype("float32")`);
  }
  if (order === "True") {
    throw new InputError(`${path}: lies in Fortran's order; save numpy.ascontiguousarray(array)`);
  }
  return { dtype, shape: sizes.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number(size)])) };
}

import { freemem } from "node:os";
import { UnavailableError } from "../../errors.js";
import { ELEMENT_TYPES, type FloatType } from "../../onnx/element-type.js";
import type { Graph } from "../../onnx/graph.js";
import { elementCount } from "../../tensor/tensor-info.js";

/** The bytes that the weights of a graph take in the type of the arithmetic, once onnxruntime has them. */
export function weightBytes({ initializers }: Graph, compute: FloatType): number {
  return initializers.reduce((sum, { value }) => {
    const isFloat = value.type === "float32" || value.type === "float16" || value.type === "bfloat16";
    return sum + elementCount(value.shape) * ELEMENT_TYPES[isFloat ? compute : value.type].bytes;
  }, 0);
}

const GIGABYTE = 1e9;

/** The bytes that the machine, or its container, has left. The first releases of Node 20 know only the machine's. */
export const availableMemory = (): number =>
  (process as Partial<Pick<NodeJS.Process, "availableMemory">>).availableMemory?.() ?? freemem();

/** The way out when an LLM does not fit. */
const SMALLER = "use a smaller dtype (q8 or q4), a shorter context or a smaller model";

/**
 * Checks that the machine, or its container, has `bytes` of memory left.
 *
 * @throws UnavailableError with both figures when it has less
 */
export function checkMemory(
  bytes: number,
  what: string,
  { available = availableMemory(), remedy = SMALLER }: { readonly available?: number; readonly remedy?: string } = {},
): void {
  if (bytes <= available) return;
  const gigabytes = (count: number): string => `${(count / GIGABYTE).toFixed(1)} GB`;
  throw new UnavailableError(
    `${what}: needs about ${gigabytes(bytes)} of memory, ${gigabytes(available)} are free; ${remedy}`,
  );
}

import type { TensorInfo } from "../tensor/tensor-info.js";
import type { ElementType } from "./element-type.js";

/** A size known while building, or the name of one known at run time; equal names are equal sizes, "" may be any. */
export type Dimension = number | string;

/** An edge of the graph. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** ONNX tells integers from floats, which JavaScript numbers do not. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] };

export interface GraphNode {
  readonly name: string;
  readonly opType: string;
  /** "" is the standard operator set. */
  readonly domain: string;
  /** Names; "" is an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Where the bytes of a constant lie. */
export type Place = Pick<TensorInfo, "file" | "byteOffset" | "byteLength">;

/** A constant, either written into the model or left where it lies in a file. */
export interface Initializer {
  readonly value: Value & { readonly shape: readonly number[] };
  readonly data: { readonly bytes: Uint8Array } | { readonly tensor: Place };
}

/** A finished graph; `encodeModel` turns it into the bytes of an ONNX model. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** `float32 (batch, 576, 1024)`, as errors name a value. */
export function describeValue({ type, shape }: Value): string {
  return `${type} (${shape.join(", ")})`;
}

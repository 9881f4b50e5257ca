import { elementCount, isComputed, isMaterialised, type CheckpointTensor } from "../tensor/tensor-info.js";
import { InputError } from "../errors.js";
import { ELEMENT_TYPES, elementTypeOf, type ElementType } from "./element-type.js";
import type { Attribute, Dimension, Graph, GraphNode, Initializer, Value } from "./graph.js";

export interface GraphBuilderOptions {
  /** Spell out what onnxruntime has an operator of its own for, so that other runtimes load the graph; onnxruntime fuses it again. */
  readonly onlyStandard?: boolean | undefined;
  /** Whether only names and shapes are wanted: then weights that are still to be computed get no numbers, and the graph is not run. */
  readonly onlyNames?: boolean | undefined;
}

export interface NodeOptions {
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

type Constant = Value & { readonly shape: readonly number[] };

/**
 * Collects the nodes of one ONNX graph and knows no model.
 *
 * Values carry type and shape, so that `operators.ts` refuses a wrong product while building, where the tensor's name is
 * still known, and not at load time. Weights are places in files: nothing is read here.
 */
export class GraphBuilder {
  readonly #nodes: GraphNode[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #weights = new Map<CheckpointTensor, Constant>();
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  readonly #names = new Set<string>();
  readonly #renamed = new Map<string, string>();
  readonly onlyStandard: boolean;

  readonly #onlyNames: boolean;

  constructor({ onlyStandard = false, onlyNames = false }: GraphBuilderOptions = {}) {
    this.onlyStandard = onlyStandard;
    this.#onlyNames = onlyNames;
  }

  /** Declares a graph input. */
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    const value = this.#claim({ name, type, shape });
    this.#inputs.push(value);
    return value;
  }

  /** Makes `value` a graph output and renames it, so that nothing is copied. */
  output(value: Value, name: string): void {
    this.#outputs.push(this.#claim({ ...value, name }));
    this.#renamed.set(value.name, name);
  }

  /** A tensor of a checkpoint, left in its file; the same tensor asked for twice is one initializer, two of one name are two. */
  weight(tensor: CheckpointTensor): Constant {
    const known = this.#weights.get(tensor);
    if (known !== undefined) return known;
    const type = elementTypeOf(tensor.dtype);
    if (type === undefined) {
      throw new InputError(
        `${tensor.file}: "${tensor.name}" is ${tensor.dtype}, expected F32, F16 or BF16; use the folder that is not quantised`,
      );
    }
    const data = this.#dataOf(tensor);
    const name = this.#names.has(tensor.name) ? this.#unused(tensor.name) : tensor.name;
    const value = this.#initialize({ name, type, shape: tensor.shape }, data);
    this.#weights.set(tensor, value);
    return value;
  }

  #dataOf(tensor: CheckpointTensor): Initializer["data"] {
    if (isMaterialised(tensor)) return { bytes: tensor.bytes };
    if (!isComputed(tensor)) return { tensor };
    if (this.#onlyNames) return { bytes: new Uint8Array(0) };
    throw new RangeError(`"${tensor.name}" lies in no file as numbers; place it first`);
  }

  /** A constant written into the model; `bytes` are its little-endian elements, row-major. */
  constant(name: string, type: ElementType, shape: readonly number[], bytes: Uint8Array): Constant {
    const expected = elementCount(shape) * ELEMENT_TYPES[type].bytes;
    if (bytes.byteLength !== expected) {
      throw new RangeError(`constant "${name}" has ${bytes.byteLength} bytes, (${shape.join(", ")}) takes ${expected}`);
    }
    return this.#initialize({ name: this.#unused(name), type, shape }, { bytes });
  }

  /** A constant of int64 values: a shape, axes or indices. */
  int64(values: readonly number[], shape: readonly number[] = [values.length]): Constant {
    const bytes = new Uint8Array(values.length * 8);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => view.setBigInt64(i * 8, BigInt(value), true));
    return this.constant("int64", "int64", shape, bytes);
  }

  /** Adds a node; its outputs, one per entry of `results`, get names of their own. */
  node(
    opType: string,
    inputs: readonly (Value | undefined)[],
    results: readonly Omit<Value, "name">[],
    { domain = "", attributes = {} }: NodeOptions = {},
  ): Value[] {
    const name = this.#unused(opType);
    const outputs = results.map((result, i) => this.#claim({ ...result, name: i === 0 ? name : `${name}.${i}` }));
    this.#nodes.push({
      name,
      opType,
      domain,
      inputs: inputNames(inputs),
      outputs: outputs.map((output) => output.name),
      attributes,
    });
    return outputs;
  }

  /** What was built so far. */
  finish(): Graph {
    const rename = (name: string): string => this.#renamed.get(name) ?? name;
    return {
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(rename),
        outputs: node.outputs.map(rename),
      })),
      initializers: [...this.#initializers.values()],
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
    };
  }

  #initialize(value: Constant, data: Initializer["data"]): Constant {
    this.#claim(value);
    this.#initializers.set(value.name, { value, data });
    return value;
  }

  #claim(value: Value): Value {
    if (this.#names.has(value.name)) throw new RangeError(`the graph has two values named "${value.name}"`);
    this.#names.add(value.name);
    return value;
  }

  #unused(stem: string): string {
    for (let i = this.#names.size; ; i++) {
      const name = `${stem}_${i}`;
      if (!this.#names.has(name)) return name;
    }
  }
}

/** An optional input that is left out at the end is not written at all: the WebGPU provider's Conv crashes on an empty name. */
function inputNames(inputs: readonly (Value | undefined)[]): string[] {
  const last = inputs.findLastIndex((input) => input !== undefined);
  return inputs.slice(0, last + 1).map((input) => input?.name ?? "");
}

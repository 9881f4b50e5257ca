import protobuf from "protobufjs/light.js";
import { ELEMENT_TYPES } from "./element-type.js";
import type { Attribute, Graph, Initializer, Value } from "./graph.js";

/** Opset 20 brought Gelu; IR version 10 is the first that goes with it. Source: the ONNX versioning table. */
export const IR_VERSION = 10;
/** Versions of the operator sets; a model imports those that its nodes come from. */
const OPSETS = [
  { domain: "", version: 20 },
  { domain: "com.microsoft", version: 1 },
];

type FieldTable = Readonly<Record<string, readonly [number, string, "repeated"?]>>;

/** The messages of onnx.proto that are written here, each field with its number and type. */
const MESSAGES: Readonly<Record<string, FieldTable>> = {
  ModelProto: {
    irVersion: [1, "int64"],
    producerName: [2, "string"],
    producerVersion: [3, "string"],
    graph: [7, "GraphProto"],
    opsetImport: [8, "OperatorSetIdProto", "repeated"],
    metadataProps: [14, "StringStringEntryProto", "repeated"],
  },
  OperatorSetIdProto: { domain: [1, "string"], version: [2, "int64"] },
  GraphProto: {
    node: [1, "NodeProto", "repeated"],
    name: [2, "string"],
    initializer: [5, "TensorProto", "repeated"],
    input: [11, "ValueInfoProto", "repeated"],
    output: [12, "ValueInfoProto", "repeated"],
  },
  NodeProto: {
    input: [1, "string", "repeated"],
    output: [2, "string", "repeated"],
    name: [3, "string"],
    opType: [4, "string"],
    attribute: [5, "AttributeProto", "repeated"],
    domain: [7, "string"],
  },
  AttributeProto: {
    name: [1, "string"],
    f: [2, "float"],
    i: [3, "int64"],
    s: [4, "bytes"],
    ints: [8, "int64", "repeated"],
    type: [20, "int32"],
  },
  TensorProto: {
    dims: [1, "int64", "repeated"],
    dataType: [2, "int32"],
    name: [8, "string"],
    rawData: [9, "bytes"],
    externalData: [13, "StringStringEntryProto", "repeated"],
    dataLocation: [14, "int32"],
  },
  StringStringEntryProto: { key: [1, "string"], value: [2, "string"] },
  ValueInfoProto: { name: [1, "string"], type: [2, "TypeProto"] },
  TypeProto: { tensorType: [1, "TypeProtoTensor"] },
  TypeProtoTensor: { elemType: [1, "int32"], shape: [2, "TensorShapeProto"] },
  TensorShapeProto: { dim: [1, "TensorShapeDimension", "repeated"] },
  TensorShapeDimension: { dimValue: [1, "int64"], dimParam: [2, "string"] },
};

const EXTERNAL_LOCATION = 1;
/** Numbers of `AttributeProto.AttributeType`. */
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;

const modelProto = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(MESSAGES).map(([message, fields]) => [
      message,
      {
        fields: Object.fromEntries(
          Object.entries(fields).map(([field, [id, type, rule]]) => [
            field,
            // onnx.proto is of version 2 of the language, which does not pack numbers unless it is told to.
            rule ? { id, type, rule, options: { packed: false } } : { id, type },
          ]),
        ),
      },
    ]),
  ),
}).lookupType("ModelProto");

/** Where an external initializer's file lies relative to the folder that the session is given. */
export type Locate = (file: string) => string;

/** What a model says of itself. */
export interface ModelOrigin {
  readonly producerVersion?: string | undefined;
  /** Written as `metadata_props`, in this order. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The operator sets that a graph's nodes come from; the standard one, "", is always named. */
export function operatorSets({ nodes }: Graph): { readonly domain: string; readonly version: number }[] {
  const used = new Set(nodes.map(({ domain }) => domain)).add("");
  return OPSETS.filter(({ domain }) => used.has(domain));
}

/** Encodes a graph as an ONNX model (ModelProto); `locate` names the files of weights that stay outside. */
export function encodeModel(
  graph: Graph,
  locate: Locate,
  { producerVersion, metadata = {} }: ModelOrigin = {},
): Uint8Array {
  const model = {
    irVersion: IR_VERSION,
    producerName: "langbridge",
    ...(producerVersion !== undefined && { producerVersion }),
    opsetImport: operatorSets(graph),
    metadataProps: entries(metadata),
    graph: {
      name: "graph",
      node: graph.nodes.map(({ attributes, inputs, outputs, ...node }) => ({
        ...node,
        input: inputs,
        output: outputs,
        attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attribute(value) })),
      })),
      initializer: graph.initializers.map((initializer) => tensorProto(initializer, locate)),
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
    },
  };
  return modelProto.encode(model).finish();
}

function attribute(value: Attribute): object {
  if ("int" in value) return { type: ATTRIBUTE_TYPES.int, i: value.int };
  if ("float" in value) return { type: ATTRIBUTE_TYPES.float, f: value.float };
  if ("ints" in value) return { type: ATTRIBUTE_TYPES.ints, ints: value.ints };
  return { type: ATTRIBUTE_TYPES.string, s: new TextEncoder().encode(value.string) };
}

function valueInfo({ name, type, shape }: Value): object {
  const dim = shape.map((size) => {
    if (typeof size === "number") return { dimValue: size };
    return size === "" ? {} : { dimParam: size };
  });
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[type].code, shape: { dim } } } };
}

function tensorProto({ value, data }: Initializer, locate: Locate): object {
  const common = { name: value.name, dims: value.shape, dataType: ELEMENT_TYPES[value.type].code };
  if ("bytes" in data) return { ...common, rawData: data.bytes };
  const { file, byteOffset, byteLength } = data.tensor;
  const place = { location: locate(file), offset: String(byteOffset), length: String(byteLength) };
  return {
    ...common,
    dataLocation: EXTERNAL_LOCATION,
    externalData: entries(place),
  };
}

const entries = (texts: Readonly<Record<string, string>>): object[] =>
  Object.entries(texts).map(([key, value]) => ({ key, value }));

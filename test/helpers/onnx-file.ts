import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import protobuf from "protobufjs/light.js";

type Data = Float32Array | Int32Array | BigInt64Array;

export interface NamedTensor {
  readonly data: Data;
  readonly dims: readonly number[];
}

const TYPES = [
  [Float32Array, "float32"],
  [Int32Array, "int32"],
  [BigInt64Array, "int64"],
] as const;

/** A model file opened as another program would: by its path alone. */
export async function openOnnxFile(path: string) {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  return {
    session,
    run: async (feeds: Readonly<Record<string, NamedTensor>>): Promise<Readonly<Record<string, NamedTensor>>> => {
      const tensors = Object.entries(feeds).map(([name, { data, dims }]) => {
        const [, type] = TYPES.find(([Kind]) => data instanceof Kind)!;
        return [name, new Tensor(type as "float32", data as Float32Array, dims)] as const;
      });
      return (await session.run(Object.fromEntries(tensors))) as never;
    },
  };
}

/** Opens a model file, runs it once and frees it. */
export async function runOnnxFile(path: string, feeds: Readonly<Record<string, NamedTensor>>) {
  const { session, run } = await openOnnxFile(path);
  try {
    return await run(feeds);
  } finally {
    await session.release();
  }
}

/** An initializer whose bytes lie in another file. */
export interface ExternalPlace {
  readonly name: string;
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface OnnxFacts {
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly operatorSets: Readonly<Record<string, number>>;
  readonly operators: readonly string[];
  readonly places: readonly ExternalPlace[];
}

const pair = { key: { id: 1, type: "string" }, value: { id: 2, type: "string" } };
const list = (id: number, type: string) => ({ id, type, rule: "repeated" });
const modelType = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        producerName: { id: 2, type: "string" },
        producerVersion: { id: 3, type: "string" },
        graph: { id: 7, type: "Graph" },
        opsetImport: list(8, "OperatorSet"),
        metadataProps: list(14, "Pair"),
      },
    },
    OperatorSet: { fields: { domain: { id: 1, type: "string" }, version: { id: 2, type: "int64" } } },
    Graph: { fields: { node: list(1, "Node"), initializer: list(5, "Tensor") } },
    Node: { fields: { opType: { id: 4, type: "string" }, domain: { id: 7, type: "string" } } },
    Tensor: { fields: { name: { id: 8, type: "string" }, externalData: list(13, "Pair") } },
    Pair: { fields: pair },
  },
}).lookupType("Model");

interface DecodedModel {
  readonly producerName: string;
  readonly producerVersion: string;
  readonly opsetImport: readonly { readonly domain?: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly node: readonly { readonly opType: string; readonly domain?: string }[];
    readonly initializer: readonly { readonly name: string; readonly externalData?: DecodedModel["metadataProps"] }[];
  };
}

/** What a model file says of itself, read without the code under test. */
export function readOnnxFacts(path: string): OnnxFacts {
  const message = modelType.decode(readFileSync(path));
  const model = modelType.toObject(message, { longs: Number, arrays: true }) as unknown as DecodedModel;
  const object = (pairs: DecodedModel["metadataProps"]) =>
    Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
  return {
    producer: `${model.producerName} ${model.producerVersion}`,
    metadata: object(model.metadataProps),
    operatorSets: Object.fromEntries(model.opsetImport.map(({ domain = "", version }) => [domain, version])),
    operators: [
      ...new Set(model.graph.node.map(({ domain = "", opType }) => (domain ? `${domain}.${opType}` : opType))),
    ],
    places: model.graph.initializer.flatMap(({ name, externalData = [] }) => {
      if (externalData.length === 0) return [];
      const { location, offset, length } = object(externalData);
      return [{ name, location: location!, offset: Number(offset), length: Number(length) }];
    }),
  };
}

import { createHash } from "node:crypto";
import { join } from "node:path";
import { writeFileAtomically, type FileWriter } from "../../files/file-writer.js";
import { streamTensor } from "../../files/read-tensor.js";
import { streamFloats } from "../../files/stream-floats.js";
import { writeFile } from "../../files/write-file.js";
import type { Graph, Initializer, Place } from "../../onnx/graph.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import { encodeModel, type ModelOrigin } from "../../onnx/protobuf.js";
import { isStored } from "./stored-weights.js";

/** Where a weight begins in the data file, in bytes: whole memory pages, so that a runtime can map it. ONNX asks for as much. */
const ALIGNMENT = 4096;

/** Constants of fewer bytes stay inside the model, as shapes and axes must, which a runtime reads while it loads. */
const LEAST_EXTERNAL_BYTES = 1024;

/** Where models lie in an output folder, as transformers.js and the Hugging Face hub have it. */
export const MODELS_FOLDER = "onnx";

/** Files that one model consists of; the second name is what transformers.js and Hugging Face's tools look for. */
export const modelFile = (name: string): string => `${name}.onnx`;
const dataFile = (name: string): string => `${name}.onnx_data`;

export interface WriteModelOptions {
  readonly origin: ModelOrigin;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes of each piece that was written. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

interface PlacedInitializer {
  readonly initializer: Initializer;
  readonly begin: number;
  readonly end: number;
}

/** Bytes of the data file that `writeModel` would write. */
export function dataByteLength(graph: Graph): number {
  return place(graph).at(-1)?.end ?? 0;
}

/** Hash of the whole data file: it tells that a model and its weights belong together. */
const DATA_HASH = "data_sha256";

/**
 * Writes a graph as `NAME.onnx` and its weights as `NAME.onnx_data` into `folder`. Weights stream from their checkpoints one after
 * another, so a model of any size needs a few megabytes of memory; the same graph gives the same bytes. To what it says of its
 * origin the model adds the SHA-256 of that file.
 */
export async function writeModel(
  folder: string,
  name: string,
  graph: Graph,
  { origin, signal, onBytes }: WriteModelOptions,
): Promise<void> {
  const placed = place(graph);
  const hash = createHash("sha256");
  const append = async (writer: FileWriter, bytes: Uint8Array): Promise<void> => {
    hash.update(bytes);
    await writer.append(bytes);
  };
  await writeFileAtomically(
    join(folder, dataFile(name)),
    async (writer) => {
      for (const { initializer, begin } of placed) {
        await append(writer, new Uint8Array(begin - writer.position));
        for await (const chunk of dataChunks(initializer, signal)) {
          await append(writer, chunk);
          onBytes?.(chunk.byteLength);
        }
      }
    },
    { signal },
  );
  const places = new Map(placed.map((entry) => [entry.initializer, entry]));
  const initializers = graph.initializers.map((initializer) => {
    const at = places.get(initializer);
    if (at === undefined) return initializer;
    const tensor = { file: dataFile(name), byteOffset: at.begin, byteLength: at.end - at.begin };
    return { value: initializer.value, data: { tensor } };
  });
  const metadata = { ...origin.metadata, [DATA_HASH]: hash.digest("hex") };
  const bytes = encodeModel({ ...graph, initializers }, (file) => file, { ...origin, metadata });
  await writeFile(join(folder, modelFile(name)), bytes);
}

function place({ initializers }: Graph): PlacedInitializer[] {
  let end = 0;
  return initializers.flatMap((initializer) => {
    const length = byteLength(initializer);
    if ("bytes" in initializer.data && length < LEAST_EXTERNAL_BYTES) return [];
    const begin = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    end = begin + length;
    return { initializer, begin, end };
  });
}

const byteLength = ({ data }: Initializer): number => ("bytes" in data ? data.bytes : data.tensor).byteLength;

async function* dataChunks(
  { data }: Initializer,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if ("bytes" in data) {
    yield data.bytes;
    return;
  }
  const { tensor } = data;
  if (isStored(tensor)) yield* streamFloats(tensor.source, tensor.dtype, { signal });
  // Blocks and their scales are made in a file of the cache folder, in the layout of the graph.
  else yield* streamTensor(asBytes(tensor), { signal });
}

const asBytes = ({ file, byteOffset, byteLength }: Place): CheckpointTensor => {
  return { name: "blocks", dtype: "U8", shape: [byteLength], file, byteOffset, byteLength };
};

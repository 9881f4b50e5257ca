import { dirname, relative, sep } from "node:path";
import { UnavailableError } from "../errors.js";
import { realPath } from "../files/look.js";
import type { Graph } from "./graph.js";
import { encodeModel } from "./protobuf.js";

/** An ONNX model whose weights lie in files under `folder`. */
export interface EncodedModel {
  readonly bytes: Uint8Array;
  /** The session's `model_external_initializers_file_folder_path`; undefined when every constant is inside. */
  readonly folder: string | undefined;
}

/**
 * Encodes a graph so that onnxruntime finds its weights.
 *
 * onnxruntime wants locations relative to one folder and refuses links that leave it; the Hugging Face cache is made of
 * such links. So every file is resolved to its real path, and the folder is the deepest one that holds them all.
 */
export async function encodeWithExternalData(graph: Graph): Promise<EncodedModel> {
  const files = new Set(graph.initializers.flatMap(({ data }) => ("tensor" in data ? [data.tensor.file] : [])));
  const real = new Map<string, string>();
  for (const file of files) real.set(file, await realPath(file));
  const folder = commonFolder([...real.values()]);
  const locate = (file: string): string => relative(folder ?? "", real.get(file)!).replaceAll(sep, "/");
  return { bytes: encodeModel(graph, locate), folder };
}

function commonFolder(files: readonly string[]): string | undefined {
  const [first, ...others] = files.map((file) => dirname(file).split(sep));
  if (first === undefined) return undefined;
  const shared = others.reduce((folder, parts) => folder.slice(0, firstDifference(folder, parts)), first);
  if (shared.length === 0) {
    throw new UnavailableError(
      `${files.join(", ")}: lie on different drives; put the weights of one model on one drive`,
    );
  }
  // A root on its own loses its separator when split.
  return shared.length === 1 ? shared[0]! + sep : shared.join(sep);
}

function firstDifference(left: readonly string[], right: readonly string[]): number {
  const index = left.findIndex((part, i) => part !== right[i]);
  return index === -1 ? left.length : index;
}

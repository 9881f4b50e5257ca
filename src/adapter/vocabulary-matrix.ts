import { basename, join } from "node:path";
import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.js";
import { InputError } from "../errors.js";
import { listFolder } from "../files/look.js";
import { isFloatDtype, type FloatDtype } from "../tensor/dtype.js";
import { matrixShape } from "../tensor/matrix-shape.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import type { AdapterConfig } from "./config.js";

/** Name of M in a folder written by this tool. */
export const MATRIX_NAME = "mm_vocab_matrix";

/** M, the vocabulary embeddings that the coefficients weigh: `tensor` is (rows, hiddenSize). */
export interface VocabularyMatrix {
  readonly tensor: CheckpointTensor & { readonly dtype: FloatDtype };
  readonly rows: number;
  readonly hiddenSize: number;
}

/**
 * Finds M: the file the caller names, else `mm_vocab_matrix` in the adapter's own checkpoint, else the .pt file that its
 * config names or that lies alone beside it. Absent when there is none; the official checkpoints hold only a path to it.
 */
export async function findVocabularyMatrix(
  adapter: Checkpoint,
  config: AdapterConfig,
  file: string | undefined,
): Promise<VocabularyMatrix | undefined> {
  if (file !== undefined) return readMatrixFile(file);
  const own = adapter.tensors.get(MATRIX_NAME);
  if (own !== undefined) return asMatrix(own, adapter.path);
  const beside = await matrixFileBeside(adapter, config);
  return beside === undefined ? undefined : readMatrixFile(beside);
}

async function matrixFileBeside(adapter: Checkpoint, config: AdapterConfig): Promise<string | undefined> {
  const names = (await listFolder(adapter.folder)).filter((name) => name.endsWith(".pt")).sort();
  const named = config.mm_vocab_matrix == null ? undefined : basename(config.mm_vocab_matrix);
  if (named !== undefined && names.includes(named)) return join(adapter.folder, named);
  if (names.length > 1) {
    throw new InputError(
      `${adapter.folder}: holds several .pt files (${names.join(", ")}); name the vocabulary matrix with --vocab-matrix`,
    );
  }
  return names[0] === undefined ? undefined : join(adapter.folder, names[0]);
}

async function readMatrixFile(file: string): Promise<VocabularyMatrix> {
  const tensors = [...(await openCheckpoint(file)).tensors.values()];
  const tensor = tensors.find(({ name }) => name === MATRIX_NAME) ?? tensors[0];
  if (tensor === undefined || (tensors.length > 1 && tensor.name !== MATRIX_NAME)) {
    throw new InputError(`${file}: holds ${tensors.length} tensors, expected one, the vocabulary matrix`);
  }
  return asMatrix(tensor, file);
}

/** Throws InputError for a tensor that is no matrix of floats, or an empty one. */
export function asMatrix(tensor: CheckpointTensor, where: string): VocabularyMatrix {
  const [rows = 0, hiddenSize = 0] = tensor.shape;
  if (rows === 0 || hiddenSize === 0 || tensor.shape.length !== 2 || !isFloatDtype(tensor.dtype)) {
    throw new InputError(
      `${where}: "${tensor.name}" is ${tensor.dtype} (${tensor.shape.join(", ")}), expected (rows, hidden size) of F32, F16 or BF16`,
    );
  }
  matrixShape(tensor);
  return { tensor: tensor as VocabularyMatrix["tensor"], rows, hiddenSize };
}

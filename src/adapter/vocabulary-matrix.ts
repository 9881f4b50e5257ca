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

/** M, the vocabulary embeddings of which the coefficients make a sum: `tensor` is (rows, hiddenSize). */
export interface VocabularyMatrix {
  readonly tensor: CheckpointTensor & { readonly dtype: FloatDtype };
  readonly rows: number;
  readonly hiddenSize: number;
}

export interface MatrixSearch {
  readonly adapter: Checkpoint;
  readonly config: AdapterConfig;
  /** How many coefficients the projector gives; undefined for an ordinary one, which takes no matrix from beside it. */
  readonly rows: number | undefined;
  /** File that the caller names. */
  readonly file: string | undefined;
}

/**
 * Finds M: the file the caller names, else `mm_vocab_matrix` in the adapter's own checkpoint, else the .pt file that its
 * config names or the one beside it that holds a matrix of as many rows. Absent when there is none; the official checkpoints hold
 * only a path to it.
 */
export async function findVocabularyMatrix(search: MatrixSearch): Promise<VocabularyMatrix | undefined> {
  const { adapter, rows, file } = search;
  if (file !== undefined) return readMatrixFile(file);
  const own = adapter.tensors.get(MATRIX_NAME);
  if (own !== undefined) return asMatrix(own, adapter.path);
  return rows === undefined ? undefined : findBeside(search, rows);
}

/** What trainers and PyTorch leave beside a model. */
const STRAY = /^(?:optimizer|scheduler|scaler|rng_state|random_states|training_args|trainer_state|model_states)/;

async function findBeside({ adapter, config }: MatrixSearch, rows: number): Promise<VocabularyMatrix | undefined> {
  const { folder } = adapter;
  const names = (await listFolder(folder)).filter((name) => name.endsWith(".pt") && !STRAY.test(name));
  const named = config.mm_vocab_matrix == null ? undefined : basename(config.mm_vocab_matrix);
  if (named !== undefined && names.includes(named)) return readMatrixFile(join(folder, named));
  const matrices: { readonly name: string; readonly matrix: VocabularyMatrix }[] = [];
  for (const name of names) {
    const matrix = await readIfMatrix(join(folder, name));
    if (matrix !== undefined) matrices.push({ name, matrix });
  }
  const fitting = matrices.filter(({ matrix }) => matrix.rows === rows);
  if (fitting.length > 1) {
    throw new InputError(
      `${folder}: holds several .pt files with a matrix of ${rows} rows (${fitting.map(({ name }) => name).join(", ")}); name the vocabulary matrix with --vocab-matrix`,
    );
  }
  // A matrix that does not fit is refused later, by its rows.
  return (fitting[0] ?? (matrices.length === 1 ? matrices[0] : undefined))?.matrix;
}

async function readMatrixFile(file: string): Promise<VocabularyMatrix> {
  const tensors = [...(await openCheckpoint(file)).tensors.values()];
  const tensor = findMatrix(tensors);
  if (tensor !== undefined) return asMatrix(tensor, file);
  throw new InputError(`${file}: holds ${tensors.length} tensors, expected one, the vocabulary matrix`);
}

/** Undefined for a file of other tensors. */
async function readIfMatrix(file: string): Promise<VocabularyMatrix | undefined> {
  const tensor = findMatrix([...(await openCheckpoint(file)).tensors.values()]);
  return tensor?.shape.length === 2 && isFloatDtype(tensor.dtype) ? asMatrix(tensor, file) : undefined;
}

/** The matrix by its name, inside whatever a trainer put around it, or because it is the only tensor. */
function findMatrix(tensors: readonly CheckpointTensor[]): CheckpointTensor | undefined {
  const named = tensors.filter(({ name }) => name === MATRIX_NAME || name.endsWith(`.${MATRIX_NAME}`));
  const [first, ...others] = named.length > 0 ? named : tensors;
  return others.length === 0 ? first : undefined;
}

/**
 * A tensor as a vocabulary matrix.
 *
 * @throws InputError when it is no matrix of floats, or an empty one
 */
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

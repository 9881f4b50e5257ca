import { join } from "node:path";
import { InputError } from "../errors.js";
import { writeTorchArchive } from "../checkpoint/torch/write.js";
import { streamFloats } from "../files/stream-floats.js";
import { writeFile } from "../files/write-file.js";
import type { FloatDtype } from "../tensor/dtype.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import type { Adapter } from "./load.js";
import { officialTrainingFlags } from "./official-flags.js";
import { moveVisionTower } from "./tower-path.js";

/** Names of what the official training code takes. */
export const OFFICIAL_FILES = {
  projector: "mm_projector.bin",
  matrix: "mm_vocab_matrix.pt",
  flags: "official_training_flags.txt",
} as const;

/** What of an adapter goes into the official files; a relative path to its tower starts from `folder`. */
export type OfficialSource = Pick<Adapter, "projector" | "matrix" | "config" | "folder">;

/**
 * Refuses an adapter whose vectors are not mixtures of its LLM's rows as they are stored: the official code multiplies
 * coefficients by the rows alone, and its releases of transformers by what the LLM multiplies its rows by.
 */
function requireRowUnits({ config, folder }: OfficialSource): void {
  const { vector_scale: scale, target } = config.langbridge ?? {};
  const rows = target?.embedding_scale ?? 1;
  if (scale === undefined || Math.abs(scale / rows - 1) < 1e-4) return;
  throw new InputError(
    `${folder}: its vectors are multiplied by ${scale.toPrecision(5)} before the LLM, the official code would multiply them by ${rows.toPrecision(5)}; --format hf and onnx carry it`,
  );
}

/** What the training code has to do with the vectors of pictures, below the flags, for an LLM that multiplies its rows. */
function scaleNote({ config }: OfficialSource): string {
  const scale = config.langbridge?.target.embedding_scale ?? 1;
  if (scale === 1) return "";
  return `\n# The LLM's code has to multiply the vectors of pictures by ${scale.toPrecision(5)}, as it does those of tokens: transformers before 5.4 does so for Gemma 1 and 2, no release does for Gemma 3.`;
}

export interface OfficialOptions {
  /** How the training script names the LLM: a folder or `org/name`. */
  readonly llm: string;
  /** The path of the folder once it is whole; the flags name files in it. */
  readonly finalFolder: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks that the official code can run an adapter: it knows an mm_vocab projector with one matrix, and nothing else.
 *
 * @param option what asked for the official files, for the message
 * @throws InputError for another projector, and where `decodedBy` names a method that decodes at run time
 */
export function requireOfficialKind(
  option: string,
  { path, kind, decodedBy }: { readonly path: string; readonly kind: string; readonly decodedBy: string | undefined },
): void {
  if (decodedBy !== undefined) {
    throw new InputError(
      `${option}: --align ${decodedBy} decodes every patch at run time with a second matrix, and the official code has no place for it; use --align none, whose result it can tune`,
    );
  }
  if (kind === "mm_vocab") return;
  throw new InputError(
    `${option}: ${path} is an ordinary ${kind} projector; the official files are those of an mm_vocab one`,
  );
}

/**
 * Adds to `folder` what the official training code loads of an adapter: the projector's six tensors as a dict in their own
 * dtype, the matrix as one float32 tensor (its forward pass computes `P.float() @ M`, and a bfloat16 M crashes there), and
 * the flags to paste. Returns the flags.
 */
export async function writeOfficialFiles(
  folder: string,
  { projector, matrix, config, folder: adapterFolder }: OfficialSource,
  { llm, finalFolder, signal }: OfficialOptions,
): Promise<string> {
  requireRowUnits({ projector, matrix, config, folder: adapterFolder });
  const layers = Object.entries(projector.layers).flatMap(([number, { weight, bias }]) => [
    outputTensor(`model.mm_projector.${number}.weight`, weight, weight.dtype as FloatDtype, signal),
    outputTensor(`model.mm_projector.${number}.bias`, bias, bias.dtype as FloatDtype, signal),
  ]);
  await writeTorchArchive(join(folder, OFFICIAL_FILES.projector), layers, { signal });
  const rows = matrix!.tensor;
  await writeTorchArchive(join(folder, OFFICIAL_FILES.matrix), outputTensor("mm_vocab_matrix", rows, "F32", signal), {
    signal,
  });
  const tower = config.mm_vision_tower ?? undefined;
  const own = officialTrainingFlags({
    projectorFile: OFFICIAL_FILES.projector,
    matrixFile: OFFICIAL_FILES.matrix,
    folder: finalFolder,
    llm,
    rows: matrix!.rows,
    mlpHiddenSize: projector.layers[0].outputSize,
    visionTower: tower && moveVisionTower(tower, { from: adapterFolder, to: "." }),
    selectLayer: config.mm_vision_select_layer,
  });
  const flags = own + scaleNote({ projector, matrix, config, folder: adapterFolder });
  await writeFile(join(folder, OFFICIAL_FILES.flags), `${flags}\n`);
  return flags;
}

function outputTensor(name: string, tensor: CheckpointTensor, dtype: FloatDtype, signal: AbortSignal | undefined) {
  return { name, dtype, shape: tensor.shape, data: streamFloats(tensor, dtype, { signal }) };
}

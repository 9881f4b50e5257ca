import { join } from "node:path";
import { InputError } from "../errors.js";
import { writeTorchArchive } from "../checkpoint/torch/write.js";
import { streamFloats } from "../files/stream-floats.js";
import { writeFile } from "../files/write-file.js";
import type { FloatDtype } from "../tensor/dtype.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import type { Adapter } from "./load.js";
import { officialTrainingFlags } from "./official-flags.js";
import type { LinearLayer, ProjectorLayers, VocabularyProjector } from "./projector-layers.js";
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
 * Checks that an adapter does not decode at run time: the official code knows one matrix at most.
 *
 * @param option what asked for the official files, for the message
 * @param decodedBy the method that decodes, if any
 * @throws InputError where one does
 */
export function requireNothingDecoded(option: string, decodedBy: string | undefined): void {
  if (decodedBy === undefined) return;
  throw new InputError(
    `${option}: --align ${decodedBy} decodes every patch at run time with a second matrix, and the official code has no place for it; use --align none or --projector mlp, whose results it can tune`,
  );
}

/**
 * Checks that the official code builds a projector of the same sizes: it makes both layers of mlp2x_gelu as wide as the LLM.
 * Source: haotian-liu/LLaVA and CurryX-001/LangBridge, llava/model/multimodal_projector/builder.py.
 *
 * @throws InputError for an mlp2x_gelu projector of more or fewer hidden units
 */
export function requireOfficialWidth(option: string, projector: ProjectorLayers, path: string): void {
  if (projector.kind !== "mlp2x_gelu") return;
  const { mlpHiddenSize: units, llmHiddenSize: width } = projector;
  if (units === width) return;
  const wayOut = `transfer it with --projector mlp and without --units, which makes ${width}`;
  throw new InputError(
    units > width
      ? `${option}: ${path} has ${units} hidden units, and the official code makes as many as the LLM is wide, ${width}; ${wayOut}`
      : `${option}: ${path} has ${units} hidden units, and the official code makes as many as the LLM is wide, ${width}, of which units filled up with zeros would never learn; ${wayOut}`,
  );
}

/**
 * Adds to `folder` what the official training code loads of an adapter: the projector's tensors as a dict in their own dtype,
 * of an mm_vocab one the matrix as one float32 tensor (its forward pass computes `P.float() @ M`, and a bfloat16 M crashes
 * there), and the flags to paste. Returns the flags.
 */
export async function writeOfficialFiles(
  folder: string,
  { projector, matrix, config, folder: adapterFolder }: OfficialSource,
  { llm, finalFolder, signal }: OfficialOptions,
): Promise<string> {
  requireRowUnits({ projector, matrix, config, folder: adapterFolder });
  const layers = projectorTensors(projector).map(({ name, tensor }) =>
    outputTensor(`model.${name}`, tensor, tensor.dtype as FloatDtype, signal),
  );
  await writeTorchArchive(join(folder, OFFICIAL_FILES.projector), layers, { signal });
  if (matrix !== undefined) {
    const rows = outputTensor("mm_vocab_matrix", matrix.tensor, "F32", signal);
    await writeTorchArchive(join(folder, OFFICIAL_FILES.matrix), rows, { signal });
  }
  const tower = config.mm_vision_tower ?? undefined;
  const own = officialTrainingFlags({
    projectorFile: OFFICIAL_FILES.projector,
    folder: finalFolder,
    llm,
    projector:
      projector.kind === "mm_vocab"
        ? { ...sizesOf(projector), matrixFile: OFFICIAL_FILES.matrix }
        : { kind: projector.kind },
    visionTower: tower && moveVisionTower(tower, { from: adapterFolder, to: "." }),
    selectLayer: config.mm_vision_select_layer,
    // Patches alone are the training code's default.
    selectFeature: config.mm_vision_select_feature === "cls_patch" ? "cls_patch" : undefined,
  });
  const flags = own + scaleNote({ projector, matrix, config, folder: adapterFolder });
  await writeFile(join(folder, OFFICIAL_FILES.flags), `${flags}\n`);
  return flags;
}

const sizesOf = ({ kind, rows, mlpHiddenSize }: VocabularyProjector) => ({ kind, rows, mlpHiddenSize });

/** The projector's tensors under the official names without `model.`; a linear one, a module of its own, has no number. */
export function projectorTensors({ kind, layers }: ProjectorLayers): { name: string; tensor: CheckpointTensor }[] {
  return Object.entries<LinearLayer>(layers).flatMap(([number, { weight, bias }]) => {
    const layer = kind === "linear" ? "mm_projector" : `mm_projector.${number}`;
    return [
      { name: `${layer}.weight`, tensor: weight },
      { name: `${layer}.bias`, tensor: bias },
    ];
  });
}

function outputTensor(name: string, tensor: CheckpointTensor, dtype: FloatDtype, signal: AbortSignal | undefined) {
  return { name, dtype, shape: tensor.shape, data: streamFloats(tensor, dtype, { signal }) };
}

import { z } from "zod";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { InputError } from "../errors.js";
import { checkJson } from "../files/check-json.js";
import type { AdapterConfig } from "./config.js";
import type { ProjectorLayers } from "./projector-layers.js";
import { asMatrix, type VocabularyMatrix } from "./vocabulary-matrix.js";

/** Name of the source LLM's rows in a folder that decodes its patches at run time. */
export const DECODE_MATRIX_NAME = "decode_matrix";

/** What config.json records of a decoding under `align_settings`, by the name of `align`; keys are those of the file. */
const SETTINGS = {
  sparse: z.looseObject({
    k: z.int().positive(),
    words: z.int().positive().optional(),
    threshold: z.number().min(0).max(1).optional(),
  }),
  soft: z.looseObject({ temperature: z.number().positive(), words: z.int().positive().optional() }),
} as const;

export type DecodingMethod = keyof typeof SETTINGS;

/** How a transferred adapter turns vectors of the source LLM's space into vectors of the target's, patch by patch. */
export type Decoding = {
  /** The source LLM's rows, (rows, source hidden size); row i stands for the same token as row i of M. */
  readonly matrix: VocabularyMatrix;
} & (
  | { readonly method: "sparse"; readonly settings: z.infer<(typeof SETTINGS)["sparse"]> }
  | { readonly method: "soft"; readonly settings: z.infer<(typeof SETTINGS)["soft"]> }
);

export interface DecodingParts {
  readonly checkpoint: Checkpoint;
  readonly config: AdapterConfig;
  readonly projector: ProjectorLayers;
  readonly matrix: VocabularyMatrix | undefined;
}

/**
 * How an adapter folder decodes; undefined for the usual folder, which does not.
 *
 * @throws InputError when config.json and the weights disagree about it, or when its tensors do not fit one another
 */
export function readDecoding({ checkpoint, config, projector, matrix }: DecodingParts): Decoding | undefined {
  const tensor = checkpoint.tensors.get(DECODE_MATRIX_NAME);
  const method = config.langbridge?.align;
  const { path } = checkpoint;
  if (!isDecodingMethod(method)) {
    if (tensor === undefined) return undefined;
    throw new InputError(
      `${path}: holds "${DECODE_MATRIX_NAME}", but its config.json names no way to decode with it (langbridge.align is ${JSON.stringify(method)}, expected ${Object.keys(SETTINGS).join(" or ")})`,
    );
  }
  if (tensor === undefined || matrix === undefined) {
    const missing = tensor === undefined ? DECODE_MATRIX_NAME : "mm_vocab_matrix";
    throw new InputError(`${path}: config.json says align ${method}, which needs "${missing}"; the folder holds none`);
  }
  const decodeMatrix = asMatrix(tensor, path);
  const rows = projector.kind === "mm_vocab" ? projector.rows : decodeMatrix.rows;
  if (decodeMatrix.rows !== matrix.rows || decodeMatrix.rows !== rows) {
    throw new InputError(
      `${path}: "${DECODE_MATRIX_NAME}" has ${decodeMatrix.rows} rows, the vocabulary matrix ${matrix.rows}${projector.kind === "mm_vocab" ? `, the projector ${rows} coefficients` : ""}; they are of different adapters`,
    );
  }
  if (projector.kind !== "mm_vocab" && projector.llmHiddenSize !== decodeMatrix.hiddenSize) {
    throw new InputError(
      `${path}: the projector makes vectors of ${projector.llmHiddenSize} numbers, "${DECODE_MATRIX_NAME}" is ${decodeMatrix.hiddenSize} wide; they are of different LLMs`,
    );
  }
  const given = config.langbridge?.align_settings ?? {};
  const schema: z.ZodType<Decoding["settings"]> = SETTINGS[method];
  const settings = checkJson(schema, given, `${path}: config.json: langbridge.align_settings`);
  return { matrix: decodeMatrix, method, settings } as Decoding;
}

const isDecodingMethod = (name: string | undefined): name is DecodingMethod =>
  name !== undefined && Object.hasOwn(SETTINGS, name);

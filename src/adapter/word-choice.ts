import { z } from "zod";
import { InputError } from "../errors.js";
import { checkJson } from "../files/check-json.js";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import type { AdapterConfig } from "./config.js";
import type { ProjectorLayers } from "./projector-layers.js";
import type { VocabularyMatrix } from "./vocabulary-matrix.js";

/** The value of `langbridge.align` of an adapter that says a word at each patch. */
export const WORD_CHOICE_METHOD = "contextual";

/** Patches in a row take turns among this many words of theirs, at most; a graph looks up as many for every patch. */
export const MAX_TURNS = 8;

const settingsSchema = z.looseObject({ turns: z.int().positive().max(MAX_TURNS).default(1) });

/**
 * What an adapter of words does: the outputs of its projector are scores of words, and a patch becomes the row of a word that scores
 * well, alone. A real LLM reads one word at a position; a mixture of several it hardly reads.
 */
export interface WordChoice {
  /** The target's row of each word, (words, hidden size). */
  readonly matrix: VocabularyMatrix;
  /** Patch i says its word number i modulo `turns`, the best being number 0; at 1 every patch says its best word. */
  readonly turns: number;
}

export interface WordChoiceParts {
  readonly checkpoint: Pick<Checkpoint, "path">;
  readonly config: AdapterConfig;
  readonly projector: ProjectorLayers;
  readonly matrix: VocabularyMatrix | undefined;
}

/**
 * What an adapter folder says about words; undefined for adapters of other kinds.
 * @throws InputError when its config.json, projector and matrix are of different adapters
 */
export function readWordChoice({ checkpoint, config, projector, matrix }: WordChoiceParts): WordChoice | undefined {
  if (config.langbridge?.align !== WORD_CHOICE_METHOD || config.mm_vocab_size === undefined) return undefined;
  const { path } = checkpoint;
  if (matrix === undefined) {
    throw new InputError(
      `${path}: config.json says align ${WORD_CHOICE_METHOD}, which needs "mm_vocab_matrix"; the folder holds none`,
    );
  }
  if (projector.kind !== "mlp2x_gelu") {
    throw new InputError(
      `${path}: config.json says align ${WORD_CHOICE_METHOD}, whose projector has layers 0 and 2; this one is ${projector.kind}`,
    );
  }
  if (projector.llmHiddenSize !== matrix.rows) {
    throw new InputError(
      `${path}: the projector scores ${projector.llmHiddenSize} words, the vocabulary matrix has ${matrix.rows} rows; they are of different adapters`,
    );
  }
  const where = `${path}: config.json: langbridge.align_settings`;
  const { turns } = checkJson(settingsSchema, config.langbridge.align_settings ?? {}, where);
  return { matrix, turns };
}

import type { ProjectorLayers } from "../../adapter/projector-layers.js";
import type { LlmVocabulary } from "../../model/llm/llm-folder.js";
import type { SettingRange } from "../../model/projector/decoding-settings.js";
import type { Progress } from "../../progress.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import type { RowPlan, RowTreatment } from "../rows/row-plan.js";
import type { Examples } from "../naming/seen-examples.js";
import type { WordSourceOptions } from "../naming/word-source.js";
import type { TransferSource } from "../rows/source.js";
import type { TransferOutputs } from "../tensors/outputs.js";

/** The settings that a user may give; the method chooses those that are left out. */
export interface AlignSettings {
  /** Sparsity: into how many source tokens a patch is decoded. */
  readonly k?: number | undefined;
  /** How many of the adapter's first tokens count in full when patches are decoded; later ones count less. */
  readonly words?: number | undefined;
  /** A further token is selected only if it fits the residual better than this share of how well the first one fitted. */
  readonly threshold?: number | undefined;
  /** Of the softmax over cosines. */
  readonly temperature?: number | undefined;
  /** How strongly the map is held back, in units of the mean square of the source table's columns. */
  readonly lambda?: number | undefined;
  /** Subtract the mean row of each table before the map is fitted, and add the target's mean after it. */
  readonly centre?: boolean | undefined;
  /** Scale the map so that the mapped shared rows are as long as the target's. */
  readonly rescale?: boolean | undefined;
  /** Patches one behind another take turns among this many of their best words. */
  readonly turns?: number | undefined;
  /** Patches that the source LLM is asked about. */
  readonly questions?: number | undefined;
}

export type AlignSetting = keyof AlignSettings;

/** All that a method needs to describe the tensors of the new adapter. */
export interface AlignTask {
  readonly source: TransferSource;
  /** The LLM that the adapter was trained for, where it was given. */
  readonly sourceLlm?: LlmVocabulary | undefined;
  readonly target: LlmVocabulary;
  readonly rowPlan: RowPlan;
  readonly settings: AlignSettings;
  /** Pictures that choose the settings which were left out. */
  readonly examples?: Examples | undefined;
  /** "keep": each tensor in the dtype of the checkpoint it comes from. */
  readonly dtype: FloatDtype | "keep";
}

/** One way to transfer an adapter: a file, and a row of `ALIGN_METHODS`. Nothing outside `align/` asks which one it is. */
export interface AlignMethod extends RowTreatment {
  /** As `--align` takes it. */
  readonly name: string;
  /** What it does, in the words of `--help`. */
  readonly summary: string;
  /** It needs no coefficients over a vocabulary, so it can also transfer an ordinary projector when it has both tables. */
  readonly carriesOrdinaryProjectors: boolean;
  /** It needs the source LLM's rows. */
  readonly needsSourceRows: boolean;
  /** The new adapter decodes every patch at run time, which the official code has no place for. */
  readonly decodesAtRunTime: boolean;
  /** It learns from pictures and from the source LLM's weights, and can do nothing without them. */
  readonly needsPictures?: boolean;
  /** What becomes of a row that the target lacks when nobody chose; the mean of its pieces when left out. */
  readonly missing?: "drop";
  /** What the rows stand for that are looked for in the target; the adapter's own when left out. */
  readonly describeSource?: (options: WordSourceOptions) => Promise<TransferSource>;
  /** The settings that it takes, each with its range; others are refused. */
  readonly settings: { readonly [S in AlignSetting]?: SettingRange<NonNullable<AlignSettings[S]>> };
  /**
   * The settings that it chooses by pictures when they are left out and pictures are given; a method without any refuses
   * pictures.
   */
  readonly learned?: readonly AlignSetting[];
  /** Whether the new adapter has a vocabulary matrix. */
  readonly makesMatrix: (projector: ProjectorLayers) => boolean;
  /**
   * Chooses what the plan leaves open, and describes the tensors of the new adapter; their bytes are made while they are
   * written.
   */
  readonly outputs: (task: AlignTask, options: MakeOptions) => Promise<TransferOutputs>;
  /** Bytes of the two embedding tables that it reads, each once. */
  readonly bytesRead: (task: Pick<AlignTask, "source" | "target" | "rowPlan">) => number;
  /**
   * Compares M as it was read back with what it was made of, as far as that can be made again; `where` names its file.
   * Returns what it found, one line each.
   *
   * @throws LangbridgeError when they differ
   */
  readonly verify: (matrix: FloatTensor, task: AlignTask, where: string) => Promise<readonly string[]>;
}

type FloatTensor = CheckpointTensor & { readonly dtype: FloatDtype };

export interface MakeOptions {
  /** For what is worked out once. */
  readonly cacheFolder: string;
  readonly signal?: AbortSignal | undefined;
  /** What must be known before anything is written. */
  readonly onProgress?: Progress | undefined;
  /** Called with one line about what was worked out and kept. */
  readonly onNote?: ((note: string) => void) | undefined;
}

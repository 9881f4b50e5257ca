import type { Progress } from "../../progress.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import type { LlmVocabulary } from "../../model/llm/llm-folder.js";
import type { TransferOutputs } from "../write/outputs.js";
import type { RowPlan } from "../plan/row-plan.js";
import type { TransferSource } from "../source/source.js";
import type { ExampleImages } from "./example-images.js";
import type { RowKind } from "./row-kind.js";

/** What a user may fix of a method; left out, the method chooses. */
export interface AlignSettings {
  /** Source tokens that a patch is decoded into. */
  readonly k?: number | undefined;
  /** How many of the adapter's first tokens count in full when patches are decoded; later ones count less. */
  readonly words?: number | undefined;
  /** A further token joins a patch only if it fits what is left better than this share of how well the first one fitted. */
  readonly threshold?: number | undefined;
  /** Of the softmax over cosines. */
  readonly temperature?: number | undefined;
  /** What holds a map back, in units of the mean square of the source table's columns. */
  readonly lambda?: number | undefined;
  /** Take the mean row of each table off before the map is fitted, and put the target's on after it. */
  readonly centre?: boolean | undefined;
  /** Scale the map so that the mapped shared rows are as long as the target's. */
  readonly rescale?: boolean | undefined;
}

export type AlignSetting = keyof AlignSettings;

/** All that a method needs to describe the tensors of the new adapter. */
export interface AlignTask {
  readonly source: TransferSource;
  readonly target: LlmVocabulary;
  readonly rowPlan: RowPlan;
  readonly settings: AlignSettings;
  /** Pictures that settings which were left open are chosen by. */
  readonly examples?: ExampleImages | undefined;
  /** "keep": each tensor in the dtype of the checkpoint it comes from. */
  readonly dtype: FloatDtype | "keep";
}

/** One way to carry an adapter over; a row of `ALIGN_METHODS`. */
export interface AlignMethod {
  /** What it does, in the words of `--help` and of the README. */
  readonly summary: string;
  readonly rows: RowKind;
  /** It needs no coefficients over a vocabulary, so it also carries an ordinary projector, given the two tables. */
  readonly carriesOrdinaryProjectors: boolean;
  /** Settings that it takes, each with what may be given; others are refused. */
  readonly settings: { readonly [S in AlignSetting]?: SettingRange<NonNullable<AlignSettings[S]>> };
  /** Settings that it chooses by pictures when they are left open and pictures are given; other methods refuse pictures. */
  readonly learned?: readonly AlignSetting[];
  /** Settles what the plan leaves open and describes the tensors of the new adapter, which are made while they are written. */
  readonly outputs: (task: AlignTask, options: MakeOptions) => Promise<TransferOutputs>;
}

export interface MakeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of what has to be settled before anything can be written. */
  readonly onProgress?: Progress | undefined;
}

export interface SettingRange<Value = number> {
  readonly accepts: (value: Value) => boolean;
  /** As the error says it: "a whole number from 1 to 32". */
  readonly expected: string;
}

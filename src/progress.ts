/** One report of long work: `done` of `total` units (`total` 0 when unknown) of the named stage. */
export interface ProgressStep {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly unit?: "bytes" | "questions" | "images" | "rows" | "columns" | "steps";
}

/** Called while long work runs; must not throw. The library itself never prints. */
export type Progress = (step: ProgressStep) => void;

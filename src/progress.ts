/** One report of long work: `done` of `total` units (`total` 0 when unknown) of the named stage. */
export interface ProgressStep {
  /** What is done; the same text through the whole stage, since another text is another stage. */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly unit?: "bytes" | "questions" | "images" | "rows" | "columns" | "steps";
  /** What changes while the stage runs: speed, time left, a score so far. */
  readonly detail?: string;
}

/** Called while long work runs; must not throw. The library itself never prints. */
export type Progress = (step: ProgressStep) => void;

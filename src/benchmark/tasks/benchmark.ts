import type { Item, ItemList } from "./item.js";

/** A data file as it was read, so that two results can be told to rest on the same data. */
export interface DataFile {
  /** Path below the data folder, with forward slashes. */
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
}

/** The questions and annotations of one benchmark. */
export interface Dataset<Truth> extends ItemList<Truth> {
  readonly files: readonly DataFile[];
  /** The question file's name, for errors about answers. */
  readonly questionFile: string;
  /** What a reader of the score has to know about this data, one sentence each. */
  readonly notes: readonly string[];
}

/** How an official scorer judges one answer. */
export interface Judgement {
  /** What the scorer read out of the answer, in its own terms; null when it found nothing. */
  readonly parsed: string | null;
  /** 0 to 1. */
  readonly score: number;
  /** Whether the answer said nothing that the question allows, however the scorer judged it. */
  readonly unparseable: boolean;
}

/** A scored item with its judgement; null when no answer was given, which counts as wrong. */
export interface Judged<Truth> {
  readonly item: Item<Truth>;
  readonly truth: Truth;
  readonly judgement: Judgement | null;
}

/** Log-probabilities of the tokens of each choice of an item, in order, each at least one. */
export type ChoiceLikelihoods = readonly (readonly number[])[];

/** Named figures; a name with "/" is a figure of a part (`adversarial/f1`). */
export type Scores = Readonly<Record<string, number>>;

/** "fraction" is printed as percent; "points" as it is. */
export type Unit = "fraction" | "points";

/** One named way to score a benchmark. */
export interface Variant<Truth> {
  readonly name: string;
  /** Whose rule it is, and what it says, in one line. */
  readonly about: string;
  /** Reads one answer; `likelihoods` are those of the item's choices, where it has any and the answer came with them. */
  judge(item: Item<Truth>, truth: Truth, text: string, likelihoods?: ChoiceLikelihoods): Judgement;
  /** Whether items with choices are judged by these likelihoods; false when absent. */
  readonly ranks?: boolean;
  /**
   * Sums that `scores` needs, (k); sums over disjoint groups of items add up to the sums over all of them. `judged`
   * holds whole groups, in file order.
   */
  tally(judged: readonly Judged<Truth>[]): Float64Array;
  /** Figures from sums. */
  scores(tally: Float64Array): Scores;
  /** Name of the figure that stands for the benchmark. */
  readonly primary: string;
  readonly unit: Unit;
}

/** A benchmark: its files, its prompts and its rules of scoring. */
export interface Benchmark<Truth> {
  readonly name: string;
  readonly title: string;
  /** Folders below the data folder that may hold the images, the first that exists is taken. */
  readonly imageFolders: readonly string[];
  /** Longest answer generated, in tokens, as LLaVA's runner of this benchmark sets it. */
  readonly maxNewTokens: number;
  /** Whether scores need whole groups, so that a subset may not cut one; false when absent. */
  readonly wholeGroups?: boolean;
  load(folder: string): Promise<Dataset<Truth>>;
  /** The first is the default; empty when only an external grader can score. */
  readonly variants: readonly Variant<Truth>[];
  /** The right answer for people: what the truth of an item says. */
  rightAnswer(truth: Truth): string;
  /** Tables of parts, by part: figures for a closer look. */
  details?(judged: readonly Judged<Truth>[]): Readonly<Record<string, Scores>>;
  /** A file that an external grader takes. */
  upload?(answers: readonly { readonly item: Item<Truth>; readonly text: string }[]): UploadFile;
}

/** The names of all upload files, by which a restart knows that of an earlier run of any benchmark. */
export const UPLOAD_ENDING = ".upload.json";

export interface UploadFile {
  readonly name: `${string}${typeof UPLOAD_ENDING}`;
  readonly content: string;
}

import { createHash } from "node:crypto";
import type { Benchmark, Dataset, Judged, Judgement, Scores, Unit, UploadFile, Variant } from "../tasks/benchmark.js";
import { InputError } from "../../errors.js";
import type { Item } from "../tasks/item.js";
import type { Answer } from "./answers.js";

/** How many answers a result lists, at most; all of them are counted. */
const MAX_LISTED = 1000;

/** How many characters of an answer such a list keeps. */
const MAX_LISTED_TEXT = 200;

/** An answer that says nothing that its question allows. */
export interface UnreadAnswer {
  readonly questionId: string | number;
  readonly text: string;
}

/** The figure that stands for a benchmark. */
export interface PrimaryScore {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
}

/** What scoring found. */
export interface Scored {
  readonly variant: string | null;
  readonly about: string | null;
  /** Null when only an external grader can score. */
  readonly primary: PrimaryScore | null;
  readonly scores: Scores;
  /** The figures of every variant, the chosen one included. */
  readonly variants: Readonly<Record<string, Scores>>;
  readonly details: Readonly<Record<string, Scores>>;
  readonly counts: Counts;
  readonly unparseable: readonly UnreadAnswer[];
  /** Images that were not there; their questions have no answers. */
  readonly missingImages: readonly string[];
  /** Sums of the chosen variant by group, for a paired bootstrap: (groups, sums). */
  readonly groups: GroupSums;
  readonly upload: UploadFile | null;
}

export interface Counts {
  readonly asked: number;
  /** Asked questions that the annotations cover. */
  readonly scored: number;
  readonly answered: number;
  /** Asked questions without an answer; they count as wrong. */
  readonly missing: number;
  readonly unparseable: number;
  /** Answers to a prompt that differs from the data set's. */
  readonly otherPrompt: number;
}

export interface GroupSums {
  /** Hash of the groups' names in order. */
  readonly names: string;
  readonly sums: readonly (readonly number[])[];
}

/** Takes answers as they come and keeps what they are worth, not their texts. */
export class Scorer {
  private readonly judgements: readonly (Judgement | null)[][];
  private readonly asked: ReadonlySet<number>;
  private readonly answered = new Set<number>();
  private readonly unread: UnreadAnswer[] = [];
  private readonly uploads = new Map<number, string>();
  private readonly missingImages = new Set<string>();
  private unreadCount = 0;
  /** Whether some answer came with likelihoods of its choices, and whether one lacks those that its item asks for. */
  private anyRanked = false;
  private anyUnranked = false;
  private otherPrompt = 0;
  private scoreSum = 0;
  private scoredCount = 0;

  /**
   * @param rows the questions that are asked, ascending
   * @param variant the variant that counts; null for none
   */
  constructor(
    private readonly benchmark: Benchmark<unknown>,
    private readonly dataset: Dataset<unknown>,
    private readonly rows: readonly number[],
    private readonly variant: Variant<unknown> | null,
  ) {
    this.judgements = benchmark.variants.map(() => new Array<Judgement | null>(dataset.items.length).fill(null));
    this.asked = new Set(rows);
  }

  /** Mean score of the answers so far; null when none can be scored. */
  get meanScore(): number | null {
    return this.scoredCount === 0 ? null : this.scoreSum / this.scoredCount;
  }

  /** Passes over answers to questions that are not asked. */
  add({ row, text, likelihoods, samePrompt, missingImage }: Answer): void {
    if (!this.asked.has(row)) return;
    if (missingImage) {
      this.missingImages.add(this.dataset.items[row]!.image?.key ?? String(row));
      return;
    }
    const item = this.dataset.items[row]!;
    this.answered.add(row);
    if (!samePrompt) this.otherPrompt += 1;
    if (this.benchmark.upload !== undefined) this.uploads.set(row, text);
    if (item.truth === null) return;
    const isUnranked = item.choices.length > 0 && likelihoods === undefined;
    if (isUnranked && this.variant?.ranks === true) throw unranked(item, this.variant);
    this.anyUnranked ||= isUnranked;
    this.anyRanked ||= likelihoods !== undefined;
    this.benchmark.variants.forEach((variant, index) => {
      if (isUnranked && variant.ranks === true) return;
      this.judgements[index]![row] = variant.judge(item, item.truth, text, likelihoods);
    });
    this.follow(row, text);
  }

  private follow(row: number, text: string): void {
    const judgement = this.chosen[row];
    if (judgement == null) return;
    this.scoreSum += judgement.score;
    this.scoredCount += 1;
    if (!judgement.unparseable) return;
    this.unreadCount += 1;
    if (this.unread.length < MAX_LISTED) {
      this.unread.push({ questionId: this.dataset.items[row]!.questionId, text: text.slice(0, MAX_LISTED_TEXT) });
    }
  }

  private get chosen(): readonly (Judgement | null)[] {
    return this.variant === null ? [] : this.judgements[this.benchmark.variants.indexOf(this.variant)]!;
  }

  finish(): Scored {
    const { variant, benchmark } = this;
    const judged = this.judgedBy(this.chosen);
    const scores = variant === null ? {} : variant.scores(variant.tally(judged));
    return {
      variant: variant?.name ?? null,
      about: variant?.about ?? null,
      primary: variant && { name: variant.primary, value: scores[variant.primary]!, unit: variant.unit },
      scores,
      variants: this.allVariants(),
      details: variant === null ? {} : (benchmark.details?.(judged) ?? {}),
      counts: this.counts(judged.length),
      unparseable: this.unread,
      missingImages: [...this.missingImages],
      groups: variant === null ? { names: "", sums: [] } : sumGroups(variant, judged),
      upload: this.uploadFile(),
    };
  }

  private judgedBy(judgements: readonly (Judgement | null)[]): Judged<unknown>[] {
    return this.rows.flatMap((row) => {
      const item = this.dataset.items[row]!;
      return item.truth === null ? [] : [{ item, truth: item.truth, judgement: judgements[row] ?? null }];
    });
  }

  /** Rankings are left out where nothing was ranked, or not everything. */
  private allVariants(): Record<string, Scores> {
    const isRanked = this.anyRanked && !this.anyUnranked;
    return Object.fromEntries(
      this.benchmark.variants.flatMap((variant, index) =>
        variant.ranks === true && variant !== this.variant && !isRanked
          ? []
          : [[variant.name, variant.scores(variant.tally(this.judgedBy(this.judgements[index]!)))]],
      ),
    );
  }

  private counts(scored: number): Counts {
    return {
      asked: this.rows.length,
      scored,
      answered: this.answered.size,
      missing: this.rows.length - this.answered.size,
      unparseable: this.unreadCount,
      otherPrompt: this.otherPrompt,
    };
  }

  private uploadFile(): UploadFile | null {
    const answers = this.rows.flatMap((row) => {
      const text = this.uploads.get(row);
      return text === undefined ? [] : [{ item: this.dataset.items[row]!, text }];
    });
    return this.benchmark.upload?.(answers) ?? null;
  }
}

const unranked = ({ questionId }: Item<unknown>, { name }: Variant<unknown>): InputError =>
  new InputError(
    `--metric-variant ${name}: the answer to question ${questionId} has no likelihoods of its choices ("choice_logprobs"); ask the model again, with --restart, or score by llava`,
  );

/** Groups in the order in which they first occur. */
function sumGroups(variant: Variant<unknown>, judged: readonly Judged<unknown>[]): GroupSums {
  const groups = new Map<string, Judged<unknown>[]>();
  for (const entry of judged) {
    const group = groups.get(entry.item.group);
    if (group === undefined) groups.set(entry.item.group, [entry]);
    else group.push(entry);
  }
  const names = createHash("sha256")
    .update([...groups.keys()].join("\0"))
    .digest("hex");
  return { names, sums: [...groups.values()].map((group) => [...variant.tally(group)]) };
}

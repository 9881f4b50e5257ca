import { pMapIterable } from "p-map";
import { percent } from "../../layout/numbers.js";
import { InputError, InterruptedError } from "../../errors.js";
import type { Progress } from "../../progress.js";
import type { AnswerPlaces } from "./answer-places.js";
import type { Answerer, GivenAnswer, ImageContext } from "../../vlm/answerer.js";
import type { Benchmark, Dataset } from "../tasks/benchmark.js";
import { imageName, readImage } from "./question-images.js";
import type { ImageSource, Item } from "../tasks/item.js";
import { likeliest } from "../tasks/rules/likelihood.js";
import { LineLog } from "../../files/line-log.js";
import { answerLine, shardFiles } from "./run-store.js";
import type { Scorer } from "../scoring/scorer.js";
import type { Shard } from "../tasks/selection.js";
import { Turns } from "../../runtime/sessions/turns.js";
import { timed } from "../../timed.js";
import { Stopwatch } from "./stopwatch.js";
import { timingLine } from "./timings.js";

/** How many images are decoded ahead: enough to hide decoding, few enough not to fill memory. */
const DECODED_AHEAD = 2;

/** The questions of a session, the model, and the files for the answers. */
export interface SessionOptions {
  readonly benchmark: Benchmark<unknown>;
  readonly dataset: Dataset<unknown>;
  readonly imageFolder: string;
  readonly answerer: Answerer;
  readonly output: string;
  readonly shard: Shard;
  readonly blind: boolean;
  /** Keys of images that are passed over. */
  readonly missing: ReadonlySet<string>;
  /** Whether to pass over images that cannot be decoded too. */
  readonly skipMissing: boolean;
  /** Images whose questions are asked at once; 1 for a model that answers one question after another. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/** Asks the questions that have no answer yet, image by image, and keeps each answer as soon as it is there. */
export class ShardSession {
  private readonly stopwatch = new Stopwatch();
  private readonly keeping = new Turns();
  private done = 0;

  constructor(
    private readonly options: SessionOptions,
    private readonly rows: readonly number[],
    private readonly places: AnswerPlaces,
    private readonly scorer: Scorer,
  ) {
    this.done = rows.filter((row) => !this.isOpen(row)).length;
  }

  /** Returns how many questions were answered. */
  async run(images: readonly (readonly number[])[]): Promise<number> {
    const files = shardFiles(this.options.output, this.options.shard);
    const log = await LineLog.open(files.answers, { durable: true });
    const timings = await LineLog.open(files.timings, { durable: false });
    try {
      const pending = images.map((rows) => rows.filter((row) => this.isOpen(row))).filter((rows) => rows.length > 0);
      const { concurrency = 1 } = this.options;
      // Before the first answer too, which a large model takes minutes for.
      this.report(0);
      if (concurrency > 1) await this.askAtOnce(pending, concurrency, { log, timings });
      else await this.askInTurn(pending, { log, timings });
    } finally {
      await log.close();
      await timings.close();
    }
    return this.stopwatch.answered;
  }

  private async askInTurn(images: readonly (readonly number[])[], logs: Logs): Promise<void> {
    const decode = async (rows: readonly number[]) => ({ rows, decoded: await this.decode(rows[0]!) });
    for await (const { rows, decoded } of pMapIterable(images, decode, { concurrency: DECODED_AHEAD })) {
      this.throwIfInterrupted();
      await this.askOrPassOver(decoded, rows, logs);
    }
  }

  /** After an error nothing more is asked, but answers that are under way are kept. */
  private async askAtOnce(images: readonly (readonly number[])[], concurrency: number, logs: Logs): Promise<void> {
    const queue = images.values();
    const errors: unknown[] = [];
    const work = async (): Promise<void> => {
      for (const rows of queue) {
        if (errors.length > 0) return;
        try {
          this.throwIfInterrupted();
          await this.askOrPassOver(await this.decode(rows[0]!), rows, logs);
        } catch (error) {
          errors.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    if (errors.length > 0) throw errors[0];
  }

  private async askOrPassOver(decoded: unknown, rows: readonly number[], logs: Logs): Promise<void> {
    if (decoded === MISSING) await this.passOver(rows, logs.log);
    else await this.askAbout(decoded, rows, logs);
  }

  /** Whether a question is still to be asked. One that was passed over is, once its image is there. */
  private isOpen(row: number): boolean {
    if (!this.places.has(row)) return true;
    return this.places.wasPassedOver(row) && !this.options.missing.has(this.item(row).image?.key ?? "");
  }

  private async decode(row: number): Promise<unknown> {
    const { answerer, imageFolder, blind } = this.options;
    const { image } = this.item(row);
    if (image === null) return null;
    if (this.options.missing.has(image.key)) return MISSING;
    const { value, seconds } = await timed(async () =>
      blind ? answerer.blank() : this.decodeImage(image, imageName(image, imageFolder)),
    );
    this.stopwatch.decoded(seconds);
    return value;
  }

  private async decodeImage(image: ImageSource, name: string): Promise<unknown> {
    const { answerer, imageFolder, skipMissing } = this.options;
    try {
      return await answerer.decode(await readImage(image, imageFolder), name);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (skipMissing) return MISSING;
      throw new InputError(`${error.message}; --skip-missing scores its questions as wrong`, { cause: error });
    }
  }

  private async askAbout(decoded: unknown, rows: readonly number[], logs: Logs): Promise<void> {
    const context = await this.options.answerer.open(decoded);
    this.stopwatch.opened(context);
    try {
      for (const row of rows) {
        await this.ask(context, row, logs);
        this.throwIfInterrupted();
      }
    } finally {
      await context.dispose();
    }
  }

  private async ask(context: ImageContext, row: number, { log, timings }: Logs): Promise<void> {
    const { benchmark, answerer } = this.options;
    const item = this.item(row);
    const { value: answer, seconds } = await timed(() => this.answerTo(context, item, benchmark.maxNewTokens));
    // Together, for a timing is known by its place among the answers.
    await this.keeping.take(async () => {
      await log.append(answerLine(item, answer, answerer.name));
      await timings.append(timingLine(this.stopwatch.given(answer, seconds)));
    });
    const { text, choiceLogprobs: likelihoods } = answer;
    this.scorer.add({ row, text, likelihoods, samePrompt: true, missingImage: false });
    this.report(1);
  }

  private async answerTo(context: ImageContext, item: Item<unknown>, maxNewTokens: number): Promise<GivenAnswer> {
    try {
      const { choices, onlyRanked } = item;
      if (!onlyRanked) return await context.answer(item.prompt, { maxNewTokens, choices });
      const ranked = await context.answer(item.prompt, { maxNewTokens: 0, choices });
      return { ...ranked, text: choices[likeliest(choices, ranked.choiceLogprobs!)[0]!]! };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(`question ${item.questionId}: ${error.message}`, { cause: error });
    }
  }

  private async passOver(rows: readonly number[], log: LineLog): Promise<void> {
    for (const row of rows) {
      await log.append(answerLine(this.item(row), { text: "", missingImage: true }, this.options.answerer.name));
    }
    this.report(rows.length);
  }

  private report(newlyDone: number): void {
    this.done += newlyDone;
    const total = this.rows.length;
    const [stage, detail] = [this.options.benchmark.name, this.describe(total)];
    this.options.onProgress?.({ stage, done: this.done, total, unit: "questions", ...(detail && { detail }) });
  }

  /** Speed, time left and the mean score so far; nothing before the first answer of this process. */
  private describe(total: number): string {
    const rate = this.stopwatch.answered / this.stopwatch.seconds;
    if (!(rate > 0)) return "";
    const score = this.scorer.meanScore;
    const soFar = score === null ? "" : `, ${percent(score)} right so far`;
    return `${rate.toFixed(1)} questions/s, ${formatSeconds((total - this.done) / rate)} left${soFar}`;
  }

  private item(row: number): Item<unknown> {
    return this.options.dataset.items[row]!;
  }

  private throwIfInterrupted(): void {
    if (this.options.signal?.aborted !== true || this.done === this.rows.length) return;
    throw new InterruptedError(
      `interrupted; ${this.done} of ${this.rows.length} answers are kept in ${this.options.output}, the same command goes on from there`,
    );
  }
}

interface Logs {
  readonly log: LineLog;
  readonly timings: LineLog;
}

/** Stands for an image that is not there. */
const MISSING = Symbol("missing image");

function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

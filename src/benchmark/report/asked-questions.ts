import { dirname, join } from "node:path";
import { sha256OfFile } from "../../files/hash.js";
import { exists } from "../../files/look.js";
import { readAnswers, type Answer } from "../scoring/answers.js";
import type { Results } from "../scoring/results.js";
import type { Benchmark, Dataset, Variant } from "../tasks/benchmark.js";
import { findVariant } from "../tasks/benchmarks.js";
import type { Item } from "../tasks/item.js";
import { selectRows } from "../tasks/selection.js";
import type { JudgedAnswer } from "./questions-data.js";

/** A question that was asked, with the answer and that of the baseline as the variant judges them. */
export interface AskedQuestion {
  readonly item: Item<unknown>;
  readonly right: string | null;
  readonly answer: JudgedAnswer;
  /** Null without answers of a baseline. */
  readonly before: JudgedAnswer | null;
}

export interface AskedOptions {
  readonly results: Results;
  readonly benchmark: Benchmark<unknown>;
  readonly dataset: Dataset<unknown>;
  /** LLaVA's answer files. */
  readonly answers: readonly string[];
  /** The baseline's; none without one. */
  readonly before: readonly string[];
}

/**
 * Every question that was asked, in the order of the data.
 *
 * @throws InputError for answers that do not fit the data
 */
export async function askedQuestions(options: AskedOptions): Promise<AskedQuestion[]> {
  const { results, benchmark, dataset } = options;
  const rows = selectRows(dataset.items, results.selection, { wholeGroups: benchmark.wholeGroups ?? false });
  const variant = results.variant === null ? null : findVariant(benchmark, results.variant);
  const [own, before] = await Promise.all(
    [options.answers, options.before].map((paths) => answersByRow(paths, dataset)),
  );
  return rows.map((row) => {
    const item = dataset.items[row]!;
    return {
      item,
      right: item.truth === null ? null : benchmark.rightAnswer(item.truth),
      answer: judged(variant, item, own!.get(row)),
      before: options.before.length === 0 ? null : judged(variant, item, before!.get(row)),
    };
  });
}

async function answersByRow(paths: readonly string[], dataset: Dataset<unknown>): Promise<ReadonlyMap<number, Answer>> {
  const byRow = new Map<number, Answer>();
  if (paths.length > 0) await readAnswers(paths, dataset, (answer) => byRow.set(answer.row, answer));
  return byRow;
}

/** A question without an answer counts as wrong, as in the score. */
function judged(variant: Variant<unknown> | null, item: Item<unknown>, answer: Answer | undefined): JudgedAnswer {
  const given = answer === undefined || answer.missingImage ? undefined : answer;
  const text = given?.text ?? null;
  if (variant === null || item.truth === null) return { text, score: null };
  if (given === undefined) return { text, score: 0 };
  return { text, score: variant.judge(item, item.truth, given.text, given.likelihoods).score };
}

/**
 * The answer files that a result was scored from, where they lie beside it as they were then.
 *
 * @param path of the results.json
 */
export async function answersBeside(path: string, { answers }: Results): Promise<readonly string[]> {
  const files = answers.map(({ name, sha256 }) => ({ path: join(dirname(path), name), sha256 }));
  for (const file of files) {
    if (!(await exists(file.path)) || (await sha256OfFile(file.path)) !== file.sha256) return [];
  }
  return files.map((file) => file.path);
}

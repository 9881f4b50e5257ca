import { join } from "node:path";
import { writeFileAtomically } from "../../files/file-writer.js";
import { readAnswers, type Answer } from "./answers.js";
import type { Benchmark, Dataset } from "../tasks/benchmark.js";
import type { Item } from "../tasks/item.js";

/** Every question with its answer and what each variant made of it, one JSON object a line. */
export const SAMPLES_FILE = "samples.jsonl";

/**
 * Writes the questions that were answered, in the order of the answer files, with the picture, the wording, the truth and the judgement of every
 * variant.
 *
 * @throws InputError for answers that do not fit the data
 */
export async function writeSamples(
  folder: string,
  { benchmark, dataset, answers, rows }: SamplesOptions,
): Promise<void> {
  const asked = new Set(rows);
  await writeFileAtomically(join(folder, SAMPLES_FILE), async (writer) => {
    const lines: string[] = [];
    await readAnswers(answers, dataset, (answer) => {
      if (asked.has(answer.row)) lines.push(sampleLine(benchmark, dataset.items[answer.row]!, answer));
    });
    for (let at = 0; at < lines.length; at += LINES_AT_ONCE) {
      await writer.append(Buffer.from(lines.slice(at, at + LINES_AT_ONCE).join("")));
    }
  });
}

export interface SamplesOptions {
  readonly benchmark: Benchmark<unknown>;
  readonly dataset: Dataset<unknown>;
  /** LLaVA's answer files. */
  readonly answers: readonly string[];
  /** The questions that were asked. */
  readonly rows: readonly number[];
}

const LINES_AT_ONCE = 1000;

function sampleLine({ variants }: Benchmark<unknown>, item: Item<unknown>, answer: Answer): string {
  const { questionId, image, prompt, choices, category, truth } = item;
  const { text, likelihoods, samePrompt, missingImage } = answer;
  const judged = variants.flatMap((variant) => {
    const isUnranked = variant.ranks === true && choices.length > 0 && likelihoods === undefined;
    if (truth === null || missingImage || isUnranked) return [];
    return [[variant.name, variant.judge(item, truth, text, likelihoods)] as const];
  });
  return `${JSON.stringify({
    ...{ question_id: questionId, image: image?.file ?? image?.key ?? null, category, prompt, answer: text, truth },
    ...(choices.length > 0 && { choices, choice_logprobs: likelihoods ?? null }),
    ...(!samePrompt && { other_prompt: true }),
    ...(missingImage && { missing_image: true }),
    judgements: Object.fromEntries(judged),
  })}\n`;
}

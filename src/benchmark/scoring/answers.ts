import { basename } from "node:path";
import { z } from "zod";
import { InputError } from "../../errors.js";
import { checkJson } from "../../files/check-json.js";
import { parseJson } from "../../files/json-file.js";
import { forEachJsonLine } from "../../files/lines.js";
import type { ChoiceLikelihoods, DataFile, Dataset } from "../tasks/benchmark.js";

/** A line of LLaVA's answer files; further fields are left alone. */
const answerSchema = z.object({
  question_id: z.union([z.string(), z.number()]),
  prompt: z.string().optional(),
  text: z.string(),
  /** Not LLaVA's: of each choice the log-probabilities of its tokens. */
  choice_logprobs: z.array(z.array(z.number().max(0)).min(1)).optional(),
  metadata: z.object({ missing_image: z.boolean().optional() }).optional(),
});

/** An answer that belongs to row `row` of the data set. */
export interface Answer {
  readonly row: number;
  readonly text: string;
  /** Undefined where the file records none. */
  readonly likelihoods: ChoiceLikelihoods | undefined;
  /** Whether the answer was given to the prompt of the data set; true where the file records no prompt. */
  readonly samePrompt: boolean;
  /** Whether the question was passed over because its image is missing: it has no answer and counts as wrong. */
  readonly missingImage: boolean;
}

/**
 * Reads LLaVA's answer files one after the other, as parts of one whole; memory does not grow with them.
 *
 * @throws InputError, with file and line, for a line that is not JSON or not an answer, for a question id that the data set
 *   does not ask, as in answers of another benchmark, and for a question that is answered twice
 * @throws InputError for files without answers
 */
export async function readAnswers(
  paths: readonly string[],
  dataset: Dataset<unknown>,
  visit: (answer: Answer) => void,
): Promise<DataFile[]> {
  const seen = new Map<number, string>();
  const files: DataFile[] = [];
  for (const path of paths) {
    const digest = await forEachJsonLine(path, (value, lineNumber) => {
      const where = `${path}: line ${lineNumber}`;
      const answer = toAnswer(value, dataset, where);
      const earlier = seen.get(answer.row);
      if (earlier !== undefined) {
        const id = dataset.items[answer.row]!.questionId;
        throw new InputError(`${where}: answers question ${id} again, after ${earlier}; keep one of the two`);
      }
      seen.set(answer.row, where);
      visit(answer);
    });
    files.push({ name: basename(path), sha256: digest.sha256, bytes: digest.bytes, rows: digest.lines });
  }
  if (seen.size === 0) throw new InputError(`${paths.join(", ")}: no answers; expected one JSON object a line`);
  return files;
}

/** Reads one line of an answer file; `where` names it in errors. */
export const parseAnswer = (line: string, dataset: Dataset<unknown>, where: string): Answer =>
  toAnswer(parseJson(line, where), dataset, where);

function toAnswer(value: unknown, dataset: Dataset<unknown>, where: string): Answer {
  const {
    question_id: id,
    prompt,
    text,
    choice_logprobs: likelihoods,
    metadata,
  } = checkJson(answerSchema, value, where);
  const row = findRow(dataset, String(id), prompt, where);
  const { choices } = dataset.items[row]!;
  if (likelihoods !== undefined && likelihoods.length !== choices.length) {
    throw new InputError(
      `${where}: choice_logprobs are those of ${likelihoods.length} choices, the question has ${choices.length}; are these answers to another data set?`,
    );
  }
  return {
    row,
    text,
    likelihoods,
    samePrompt: prompt === undefined || prompt === dataset.items[row]!.recordedPrompt,
    missingImage: metadata?.missing_image ?? false,
  };
}

function findRow(dataset: Dataset<unknown>, id: string, prompt: string | undefined, where: string): number {
  const key = dataset.keyOf(id, prompt ?? "");
  const row = dataset.rowOfKey.get(key);
  if (row !== undefined) return row;
  throw new InputError(
    key === id
      ? `${where}: question_id ${JSON.stringify(id)} is not in ${dataset.questionFile}; are these answers to another benchmark?`
      : `${where}: ${dataset.questionFile} asks several questions as ${JSON.stringify(id)} and none of them is "${(prompt ?? "").slice(0, 80)}"`,
  );
}

import type { LanguageModel } from "../../runtime/parts/language-model.js";
import type { Encoder } from "../../tokenizer/encoder.js";
import { QUESTIONS, WordAsker, type Question } from "./ask.js";
import { Information } from "./fit-scores.js";

export interface QuestionTrial {
  readonly encoder: Encoder;
  /** Ids of the words. */
  readonly ids: readonly number[];
  /** Vectors (n, hidden size) that stand before those that are asked about. */
  readonly ground: Float32Array;
  /** Vectors (n, hidden size) of some groups of patches. */
  readonly groups: readonly Float32Array[];
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of questions that are asked next. */
  readonly onQuestions?: ((count: number) => void) | undefined;
}

export interface ChosenQuestion {
  readonly question: Question;
  /** How much its answers tell of the patch, in bits. */
  readonly bits: number;
}

/** The question whose answers about the same patches tell most of the patch. No label is needed to know. */
export async function chooseQuestion(llm: LanguageModel, trial: QuestionTrial): Promise<ChosenQuestion> {
  let best: ChosenQuestion | undefined;
  for (const question of QUESTIONS) {
    const asker = await WordAsker.open(llm, { ...trial, question });
    const information = new Information();
    trial.onQuestions?.(trial.groups.length);
    for (const answer of await asker.next(trial.groups, trial)) information.add(answer, trial.ids.length);
    const bits = information.bits();
    if (best === undefined || bits > best.bits) best = { question, bits };
  }
  return best!;
}

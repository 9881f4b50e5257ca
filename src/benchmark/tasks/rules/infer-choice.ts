import { splitWords } from "./python.js";

const LETTERS = ["A", "B", "C", "D"];
const LETTERS_OR_OTHER = [...LETTERS, "E"];

/** What may stand before and after a letter that is meant as the answer, tried in order. */
const WRAPPINGS: readonly (readonly [string, string])[] = [
  ["", "."],
  ["", ","],
  ["", ":"],
  ["", ")"],
  ["", ")."],
  ["(", ")"],
  ["(", ")."],
  [":", ""],
  [":", ","],
  [":", "."],
  [":", ")"],
  [":", ")."],
];

/** With more words than this an "A" may be the article. */
const MAX_WORDS_WITH_A = 3;

/**
 * The letter that lmms-eval's MMBench_Evaluator reads without asking a chat model: the one letter that stands alone as
 * a word, else in one of the wrappings, else of the one option whose text the answer contains; null when none does.
 * "E" means that the answer names no option.
 */
export function inferChoice(answer: string, options: readonly (string | undefined)[]): string | null {
  return inferLetter(answer) ?? inferText(answer, options);
}

function inferLetter(answer: string): string | null {
  const words = new Set(splitWords(answer));
  const count = splitWords(answer).length;
  const alone = LETTERS_OR_OTHER.filter((letter) => words.has(letter));
  if (alone.length === 1 && !(words.has("A") && count > MAX_WORDS_WITH_A)) return alone[0]!;
  for (const [before, after] of WRAPPINGS) {
    const wrapped = LETTERS_OR_OTHER.filter((letter) => words.has(before + letter + after));
    if (wrapped.length === 1) return wrapped[0]!;
  }
  return null;
}

function inferText(answer: string, options: readonly (string | undefined)[]): string | null {
  const lowered = answer.toLowerCase();
  const found = LETTERS.filter((_, index) => {
    const option = options[index];
    return option !== undefined && lowered.includes(option.toLowerCase());
  });
  return found.length === 1 ? found[0]! : null;
}

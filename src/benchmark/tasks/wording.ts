/** LLaVA's wording after a question that wants a short answer. */
export const SHORT_ANSWER = "Answer the question using a single word or phrase.";

/** LLaVA's wording after a question with lettered options. */
export const LETTER_ANSWER = "Answer with the option's letter from the given choices directly.";

/** Letters of options, in order. */
export const LETTERS = ["A", "B", "C", "D", "E"] as const;

/** "A. first", "B. second", one per line. */
export const letteredOptions = (options: readonly string[]): string =>
  options.map((option, index) => `${String.fromCharCode(65 + index)}. ${option}`).join("\n");

import { dropPunctuation, splitWords } from "./python.js";

const NO_WORDS: ReadonlySet<string> = new Set(["No", "not", "no"]);

/** LLaVA's rule for POPE: the text up to its first ".", without commas, has a word No, not or no. */
export function firstSentenceSaysNo(text: string): boolean {
  const end = text.indexOf(".");
  const sentence = (end < 0 ? text : text.slice(0, end)).replaceAll(",", "");
  return sentence.split(" ").some((word) => NO_WORDS.has(word));
}

/** "yes" or "no" when exactly one of the two occurs as a word, in any case and with any punctuation; else null. */
export function saysYesOrNo(text: string): "yes" | "no" | null {
  const words = new Set(splitWords(text.toLowerCase()).map(dropPunctuation));
  if (words.has("yes") === words.has("no")) return null;
  return words.has("yes") ? "yes" : "no";
}

/** MME's rule: yes, else no, within the first four characters of the lower-cased answer. */
export function prefixSays(lowered: string): "yes" | "no" | null {
  const prefix = lowered.slice(0, 4);
  if (prefix.includes("yes")) return "yes";
  return prefix.includes("no") ? "no" : null;
}

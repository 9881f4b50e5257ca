import { InputError } from "../../errors.js";
import { readTextFile } from "../../files/json-file.js";
import type { LlmVocabulary } from "../../model/llm/llm-folder.js";
import { byteStringOfText } from "../../vocabulary/byte-string.js";
import type { AskedWords } from "../rows/source.js";
import { ENGLISH_WORDS } from "./english-words.js";

/** Words that patches can be named with. */
export interface WordList {
  /** Each once, in the order of the list. */
  readonly words: readonly string[];
  /** Where they come from, for reports and errors. */
  readonly from: string;
}

/** Fewer words cannot tell patches apart. */
const LEAST_WORDS = 2;

/** The words of a file, separated by white space; without a file English nouns and adjectives, which the tool brings along. */
export async function readWordList(file?: string): Promise<WordList> {
  const text = file === undefined ? ENGLISH_WORDS : await readTextFile(file);
  const words = [...new Set(text.split(/\s+/u).filter((word) => word !== ""))];
  return { words, from: file ?? "the list of English words" };
}

/**
 * The words of a list that are one token of an LLM. The probability of a word of several tokens is a product that takes a run of the LLM
 * for each of its beginnings, so those words are left out.
 *
 * @throws InputError when the LLM has fewer than two of the words as one token
 */
export function askedWords({ words, from }: WordList, llm: LlmVocabulary): AskedWords {
  const tokens = words.flatMap((word) => textToken(` ${word}`, llm) ?? []);
  if (tokens.length < LEAST_WORDS) {
    throw new InputError(
      `${from}: ${llm.path} has ${tokens.length} of its ${words.length} words as one token, expected at least ${LEAST_WORDS}; name a list of single words of its language (--word-list)`,
    );
  }
  return { tokens, from };
}

/**
 * What a patch says that shows nothing. Readers take no harm from it: Qwen2.5 0.5B, told the true words of 150 questions, answered 83 %
 * with a comma at each patch of the ground, and 77 % with nothing there.
 */
const SILENCE = ",";

/** The token of silence in an LLM; undefined where it is no single token of text. */
export const silentToken = (llm: LlmVocabulary): AskedWords["tokens"][number] | undefined => textToken(SILENCE, llm);

function textToken(text: string, { tokenizer, table }: LlmVocabulary): AskedWords["tokens"][number] | undefined {
  const bytes = byteStringOfText(text);
  const id = tokenizer.idOfBytes.get(bytes);
  if (id === undefined || id >= table.vocabSize || tokenizer.kinds[id] !== "text") return undefined;
  return { string: tokenizer.strings[id]!, kind: "text" as const, bytes, roles: [], id };
}

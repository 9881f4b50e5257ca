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
export function askedWords({ words, from }: WordList, { tokenizer, table, path }: LlmVocabulary): AskedWords {
  const tokens = words.flatMap((word) => {
    const bytes = byteStringOfText(` ${word}`);
    const id = tokenizer.idOfBytes.get(bytes);
    if (id === undefined || id >= table.vocabSize || tokenizer.kinds[id] !== "text") return [];
    return [{ string: tokenizer.strings[id]!, kind: "text" as const, bytes, roles: [], id }];
  });
  if (tokens.length < LEAST_WORDS) {
    throw new InputError(
      `${from}: ${path} has ${tokens.length} of its ${words.length} words as one token, expected at least ${LEAST_WORDS}; name a list of single words of its language (--word-list)`,
    );
  }
  return { tokens, from };
}

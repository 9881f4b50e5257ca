import { embeddingsOfIds } from "../../adapter/row-embeddings.js";
import { InputError } from "../../errors.js";
import { describeSource, type TransferSource, type TransferSourceOptions } from "../rows/source.js";
import { askedWords, readWordList, silentToken } from "./word-list.js";

export interface WordSourceOptions extends TransferSourceOptions {
  /** A file of words; the tool's own English ones when left out. */
  readonly wordList?: string | undefined;
}

/**
 * An adapter whose rows are the words that its LLM is asked for, in place of its own.
 * @throws InputError as `describeSource` and `askedWords` do
 */
export async function describeWordSource(options: WordSourceOptions): Promise<TransferSource> {
  const { source, adapter, wordList } = options;
  if (source === undefined)
    throw new InputError(`${adapter.path}: --source is missing, the LLM that is asked for words`);
  const own = await describeSource(options);
  const list = await readWordList(wordList);
  const asked = askedWords(list, source);
  const silence = silentToken(source);
  const tokens = [...asked.tokens, ...(silence ? [silence] : [])];
  return {
    ...own,
    rowTokens: { tokens, from: asked.from },
    embeddings: embeddingsOfIds(source, tokens),
    ownRows: own.embeddings,
    asked,
    checks: [
      ...own.checks,
      `${asked.tokens.length} of the ${list.words.length} words of ${asked.from} are one token of ${source.name}`,
    ],
  };
}

import type { ModelFiles } from "../files/model-files.js";
import { readTokenizerParts } from "../vocabulary/read-tokenizer.js";
import type { TokenizerVocabulary } from "../vocabulary/token.js";
import { betweenSteps, withinDeadline } from "../deadline.js";
import { buildTokenizer, type TokenCounter } from "./tokenizer.js";

/** Text to token ids and back, with the vocabulary that the ids belong to. */
export interface Encoder {
  readonly vocabulary: TokenizerVocabulary;
  /** Ids that the tokenizer puts in front of every text, such as BOS; empty for tokenizers like Qwen's that put none. */
  readonly front: readonly number[];
  /** Ids of a text, `front` not among them; spellings of special tokens in the text become those tokens. */
  encode(text: string): number[];
  /** Makes a counter of the tokens of texts. */
  counter(): Omit<TokenCounter, "settle">;
  /** Text of ids, special tokens skipped; bytes that are no UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>): string;
}

/**
 * How long a text may take. 100,000 characters take some 0.2 s; a pattern of tokenizer.json can backtrack for ever. It is
 * short enough for a signal that comes meanwhile to end the command within two seconds.
 */
const DEADLINE_MS = 1500;

/**
 * Loads the tokenizer of a Hugging Face folder for encoding and decoding; both equal the Rust crate `tokenizers`.
 *
 * @throws InputError when the folder has no tokenizer.json or one that is damaged or not supported; `encode` and `decode`
 * too, where a text takes the tokenizer too long or has no ids
 */
export async function loadEncoder(folder: string | ModelFiles): Promise<Encoder> {
  const { vocabulary, file, added, json } = await readTokenizerParts(folder);
  await betweenSteps();
  const tokenizer = buildTokenizer(json, file, added);
  const limit = {
    milliseconds: DEADLINE_MS,
    message: `${file.path}: a text took the tokenizer more than ${DEADLINE_MS / 1000} s; a pattern in it may backtrack without end`,
  };
  return {
    vocabulary,
    front: tokenizer.front,
    encode: (text) => withinDeadline(() => tokenizer.encode(text), limit),
    counter: () => {
      const counter = tokenizer.counter();
      return {
        counts: () => counter.counts(),
        add: (texts) => {
          for (const some of batches(texts)) {
            withinDeadline(() => counter.add(some), limit);
            counter.settle();
          }
        },
      };
    },
    decode: (ids) => withinDeadline(() => tokenizer.decode(ids), limit),
  };
}

/** Characters of short texts that are counted under one deadline: its call takes as long as some hundred of them. */
const BATCH_CHARACTERS = 50_000;

function* batches(texts: readonly string[]): Generator<readonly string[]> {
  let [batch, characters]: [string[], number] = [[], 0];
  for (const text of texts) {
    if (batch.length > 0 && characters + text.length > BATCH_CHARACTERS) {
      yield batch;
      [batch, characters] = [[], 0];
    }
    batch.push(text);
    characters += text.length;
  }
  if (batch.length > 0) yield batch;
}

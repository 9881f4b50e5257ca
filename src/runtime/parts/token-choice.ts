import type { GenerationSettings } from "../../model/llm/generation-settings.js";
import { seededRandom } from "../../tensor/random.js";
import { candidates, checkSampling, draw, type Sampling } from "./sampling.js";

/** The tokens so far when one more is chosen. */
export interface TokenHistory {
  /** Tokens of the prompt that repetitions count from; those that were given as vectors alone are not known. */
  readonly prompt: readonly number[];
  /** Of the prompt, vectors included. */
  readonly promptLength: number;
  readonly answer: readonly number[];
}

/** Changes logits (vocabSize) in place. */
type Processor = (logits: Float32Array, history: TokenHistory) => void;

/** Chooses the next token of one answer. */
export type TokenChoice = (logits: Float32Array, history: TokenHistory) => number;

/**
 * Chooses the tokens of an answer: the largest logit, or one that `sampling` draws, after the settings of the folder have changed the
 * logits. Undefined when nothing changes them and nothing is drawn, so that the LLM's own argmax is it.
 * Source: transformers, generation/logits_process.py, in the order of `_get_logits_processor`.
 *
 * @throws InputError for a sampling that is out of its range
 */
export function tokenChoice(settings: GenerationSettings, sampling?: Sampling): TokenChoice | undefined {
  if (sampling !== undefined) checkSampling(sampling);
  const processors = PROCESSORS.flatMap((make) => make(settings) ?? []);
  const draws = sampling !== undefined && sampling.temperature > 0;
  if (processors.length === 0 && !draws) return undefined;
  const random = seededRandom(sampling?.seed ?? 0);
  return (logits, history) => {
    const changed = logits.slice();
    for (const process of processors) process(changed, history);
    return draws ? draw(candidates(changed, sampling), random) : indexOfLargest(changed);
  };
}

/** Each gives its processor where the settings ask for one. */
const PROCESSORS: readonly ((settings: GenerationSettings) => Processor | undefined)[] = [
  ({ repetitionPenalty: penalty }) => (penalty === 1 ? undefined : repetitionPenalty(penalty)),
  ({ noRepeatNgramSize: size }) => (size === 0 ? undefined : noRepeatNgrams(size)),
  ({ badWords }) => (badWords.length === 0 ? undefined : noBadWords(badWords)),
  ({ eosTokens, minLength, minNewTokens }) => {
    if (eosTokens.length === 0 || Math.max(minLength, minNewTokens) === 0) return undefined;
    return (logits, { promptLength, answer }) => {
      const least = minNewTokens > 0 ? minNewTokens : minLength - promptLength;
      if (answer.length < least) forbid(logits, eosTokens);
    };
  },
  ({ suppressTokens }) => (suppressTokens.length === 0 ? undefined : (logits) => forbid(logits, suppressTokens)),
  ({ beginSuppressTokens: tokens }) => {
    if (tokens.length === 0) return undefined;
    return (logits, { answer }) => answer.length === 0 && forbid(logits, tokens);
  },
];

/** Source: CTRL, arXiv 1909.05858, section 4.1; the sign rule is transformers'. */
function repetitionPenalty(penalty: number): Processor {
  return (logits, { prompt, answer }) => {
    for (const token of new Set([...prompt, ...answer])) {
      const logit = logits[token];
      if (logit !== undefined) logits[token] = logit < 0 ? logit * penalty : logit / penalty;
    }
  };
}

function noRepeatNgrams(size: number): Processor {
  return (logits, { prompt, answer }) => {
    const tokens = [...prompt, ...answer];
    const start = tokens.slice(tokens.length + 1 - size);
    for (let at = 0; at + size <= tokens.length; at++) {
      if (start.every((token, i) => token === tokens[at + i])) forbid(logits, [tokens[at + size - 1]!]);
    }
  };
}

function noBadWords(words: readonly (readonly number[])[]): Processor {
  return (logits, { prompt, answer }) => {
    const tokens = [...prompt, ...answer];
    for (const word of words) {
      const start = word.slice(0, -1);
      const end = tokens.slice(Math.max(0, tokens.length - start.length));
      if (end.length === start.length && start.every((token, i) => token === end[i])) forbid(logits, word.slice(-1));
    }
  };
}

/** Tokens beyond the vocabulary, such as -1 for none, are passed over. */
function forbid(logits: Float32Array, tokens: readonly number[]): void {
  for (const token of tokens) if (token >= 0 && token < logits.length) logits[token] = -Infinity;
}

/** The first of equals, as argmax has it. */
function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

import { InputError } from "../../errors.js";
import type { Random } from "../../tensor/random.js";

/** How a token is drawn. */
export interface Sampling {
  /** What the logits are divided by; 0 takes the likeliest token. */
  readonly temperature: number;
  /** Draws among the fewest tokens whose probabilities add up to this; 1, the default, among all. */
  readonly topP?: number | undefined;
  /** Equal seeds give equal answers; 0 when left out. */
  readonly seed?: number | undefined;
}

/** Tokens that may be drawn, and their probabilities, which add up to 1. */
export interface Candidates {
  readonly tokens: readonly number[];
  readonly probabilities: readonly number[];
}

/** @throws InputError naming a setting that is out of its range */
export function checkSampling({ temperature, topP = 1, seed = 0 }: Sampling): void {
  if (!(temperature >= 0 && temperature <= MAX_TEMPERATURE)) {
    throw new InputError(`temperature is ${temperature}, expected 0 to ${MAX_TEMPERATURE}`);
  }
  if (!(topP > 0 && topP <= 1)) throw new InputError(`topP is ${topP}, expected more than 0 and at most 1`);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError(`seed is ${seed}, expected a whole number from 0 on`);
  }
}

/** Beyond it every token is about as likely as any other; OpenAI's limit is 2. */
const MAX_TEMPERATURE = 100;

/**
 * The tokens that top-p sampling (nucleus sampling, arXiv 1904.09751) draws from, the likeliest first where `topP` leaves some out.
 * Source: transformers, TemperatureLogitsWarper and TopPLogitsWarper.
 *
 * @param logits (vocabSize)
 */
export function candidates(logits: Float32Array, { temperature, topP = 1 }: Sampling): Candidates {
  const weights = softmax(logits, temperature);
  if (topP >= 1) return { tokens: [...weights.keys()], probabilities: [...weights] };
  const kept: number[] = [];
  let sum = 0;
  for (const token of likeliest(weights, topP)) {
    kept.push(token);
    sum += weights[token]!;
    if (sum >= topP) break;
  }
  return { tokens: kept, probabilities: kept.map((token) => weights[token]! / sum) };
}

/** One of the candidates, by the inverse of their cumulative probabilities. */
export function draw({ tokens, probabilities }: Candidates, random: Random): number {
  let left = random();
  for (let at = 0; at < tokens.length; at++) {
    left -= probabilities[at]!;
    if (left < 0) return tokens[at]!;
  }
  // Rounding: the sum may be a little less than 1.
  return tokens[probabilities.findLastIndex((probability) => probability > 0)]!;
}

/** exp(logit / temperature) / sum, in float64. */
function softmax(logits: Float32Array, temperature: number): Float64Array {
  let largest = -Infinity;
  for (const logit of logits) if (logit > largest) largest = logit;
  const weights = new Float64Array(logits.length);
  let sum = 0;
  for (let token = 0; token < logits.length; token++) {
    const weight = Math.exp((logits[token]! - largest) / temperature);
    weights[token] = weight;
    sum += weight;
  }
  for (let token = 0; token < weights.length; token++) weights[token]! /= sum;
  return weights;
}

/** Tokens by falling probability, at least as many as add up to `share`: to sort a whole vocabulary takes longer than to run the LLM. */
function likeliest(weights: Float64Array, share: number): number[] {
  let least = 1;
  for (;;) {
    least /= 16;
    const tokens: number[] = [];
    let sum = 0;
    for (let token = 0; token < weights.length; token++) {
      if (weights[token]! < least) continue;
      tokens.push(token);
      sum += weights[token]!;
    }
    if (sum >= share || least < Number.MIN_VALUE * 16) return tokens.sort((a, b) => weights[b]! - weights[a]! || a - b);
  }
}

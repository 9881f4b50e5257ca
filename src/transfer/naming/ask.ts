import type { Prefix } from "../../runtime/parts/kept-states.js";
import type { LanguageModel } from "../../runtime/parts/language-model.js";
import type { Encoder } from "../../tokenizer/encoder.js";

/** What stands around a picture when an LLM is asked what it shows. */
export interface Question {
  readonly before: string;
  readonly after: string;
}

/**
 * Questions that are tried, of which the one is used whose answers tell most of the patch. An adapter reads best in words like those it
 * was trained with, which its files do not say. " a" makes an LLM go on with a noun or an adjective.
 */
export const QUESTIONS: readonly Question[] = [
  { before: "The picture shows:", after: " a" },
  { before: "The picture shows:", after: "\nCaption: a" },
  { before: "The picture shows:", after: "\nQuestion: What is in the picture? Answer: a" },
  { before: "USER:", after: "\nWhat is in the picture? ASSISTANT: The picture shows a" },
];

export interface AskerOptions {
  readonly encoder: Encoder;
  /** Ids of the words, (words). */
  readonly ids: readonly number[];
  readonly question: Question;
  /** Vectors (n, hidden size) that stand before those that are asked about. */
  readonly ground: Float32Array;
  readonly signal?: AbortSignal | undefined;
}

interface AskOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Asks an LLM which words a few vectors of a picture are, as it reads them behind the ground of a picture. */
export class WordAsker {
  private constructor(
    private readonly llm: LanguageModel,
    /** (words) */
    private readonly ids: readonly number[],
    private readonly prefix: Prefix,
    /** Embeddings of what stands behind the vectors. */
    private readonly after: Float32Array,
  ) {}

  /** Reads the beginning of the question once; nobody else may use the LLM as long as questions are asked. */
  static async open(llm: LanguageModel, { encoder, ids, question, ground, signal }: AskerOptions): Promise<WordAsker> {
    const before = llm.embed([...encoder.front, ...encoder.encode(question.before)]);
    const prefix = await llm.start(joined(before, ground), { signal });
    return new WordAsker(llm, ids, prefix, llm.embed(encoder.encode(question.after)));
  }

  /** The log-probability that each word, (words), comes next after vectors (n, hidden size), scaled as the LLM takes its input. */
  async next(vectors: Float32Array, options: AskOptions = {}): Promise<Float32Array> {
    return (await this.#read(joined(vectors, this.after), this.prefix, options)).logs;
  }

  /**
   * The logarithm of how often each word, (words), is expected among the next two: its probability to come next, and to come behind the
   * likeliest word. So "red" and "star" both score well where the LLM goes on with "red star".
   */
  async nextTwo(vectors: Float32Array, options: AskOptions = {}): Promise<Float32Array> {
    const { logs: first, state } = await this.#read(joined(vectors, this.after), this.prefix, options);
    const likeliest = this.ids[indexOfLargest(first)]!;
    const { logs: second } = await this.#read(this.llm.embed([likeliest]), state, options);
    return first.map((log, word) => logSumExp(Float32Array.of(log, second[word]!)));
  }

  async #read(embeddings: Float32Array, prefix: Prefix, { signal }: AskOptions) {
    const { logits, state } = await this.llm.read({ prefix, embeddings, signal });
    const normaliser = logSumExp(logits);
    return { logs: Float32Array.from(this.ids, (id) => logits[id]! - normaliser), state };
  }
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** log(sum(exp(x))), without leaving the range of numbers. */
export function logSumExp(values: Float32Array): number {
  let most = -Infinity;
  for (const value of values) if (value > most) most = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - most);
  return most + Math.log(sum);
}

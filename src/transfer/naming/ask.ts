import type { Prefix } from "../../runtime/parts/kept-states.js";
import type { Branches, LanguageModel } from "../../runtime/parts/language-model.js";
import { concatRows } from "../../tensor/float-arrays.js";
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

/** Tokens of one run, at most: enough that reading the weights costs little beside using them. */
const RUN_TOKENS = 160;

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

/** Asks an LLM, loaded for branches, which words a few vectors of a picture are, as it reads them behind the ground of a picture. */
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
    const prefix = await llm.start(concatRows(before, ground), { signal });
    return new WordAsker(llm, ids, prefix, llm.embed(encoder.encode(question.after)));
  }

  /**
   * The log-probability that each word, (words), comes next after vectors (n, hidden size), scaled as the LLM takes its input; of each of
   * `groups` of vectors, which do not see one another.
   */
  async next(groups: readonly Float32Array[], options: AskOptions = {}): Promise<Float32Array[]> {
    return this.#inRuns(groups, async (some) => (await this.#ask(some, options)).logs);
  }

  /**
   * The logarithm of how often each word, (words), is expected among the next two: its probability to come next, and to come behind the
   * likeliest word. So "red" and "star" both score well where the LLM goes on with "red star". Of each of `groups`, as `next` takes them.
   */
  async nextTwo(groups: readonly Float32Array[], options: AskOptions = {}): Promise<Float32Array[]> {
    return this.#inRuns(groups, async (some) => {
      const { logs: first, branches } = await this.#ask(some, options);
      const likeliest = first.map((logs) => this.llm.embed([this.ids[indexOfLargest(logs)]!]));
      const { logs: second } = await this.#read(likeliest, { after: branches, ...options });
      return first.map((logs, i) => logs.map((log, word) => logSumExp(Float32Array.of(log, second[i]![word]!))));
    });
  }

  /** The answers about all groups, as many in a run as there is room for, or as it takes to keep the cores busy. */
  async #inRuns(groups: readonly Float32Array[], ask: (some: readonly Float32Array[]) => Promise<Float32Array[]>) {
    const { contextLength, hiddenSize } = this.llm.info;
    const room = Math.min(RUN_TOKENS, contextLength - this.prefix.length);
    const answers: Float32Array[] = [];
    let some: Float32Array[] = [];
    let tokens = 0;
    for (const group of groups) {
      // One more for the word after the best one.
      const count = (group.length + this.after.length) / hiddenSize + 1;
      if (some.length > 0 && tokens + count > room) {
        answers.push(...(await ask(some)));
        [some, tokens] = [[], 0];
      }
      some.push(group);
      tokens += count;
    }
    if (some.length > 0) answers.push(...(await ask(some)));
    return answers;
  }

  #ask(groups: readonly Float32Array[], options: AskOptions) {
    return this.#read(
      groups.map((vectors) => concatRows(vectors, this.after)),
      options,
    );
  }

  async #read(sequences: readonly Float32Array[], options: AskOptions & { readonly after?: Branches }) {
    const { logits, branches } = await this.llm.branch({ prefix: this.prefix, sequences, ...options });
    const logs = logits.map((each) => {
      const normaliser = logSumExp(each);
      return Float32Array.from(this.ids, (id) => each[id]! - normaliser);
    });
    return { logs, branches };
  }
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

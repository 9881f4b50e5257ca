import type { Prefix } from "../../runtime/parts/kept-states.js";
import type { LanguageModel } from "../../runtime/parts/language-model.js";
import type { Encoder } from "../../tokenizer/encoder.js";

/**
 * What stands around patches when an LLM is asked what they show. " a" makes it go on with a noun or an adjective. Of the prompts tried
 * on an adapter of a real LLM this named most patches; asking with several and adding up helped by little.
 */
export const QUESTION = { before: "The picture shows:", after: " a" } as const;

/** Asks an LLM which word a few vectors of a picture are, as it reads them. */
export class WordAsker {
  private constructor(
    private readonly llm: LanguageModel,
    /** Ids of the words, (words). */
    private readonly ids: readonly number[],
    private readonly prefix: Prefix,
    /** Embeddings of what stands behind the vectors. */
    private readonly after: Float32Array,
  ) {}

  /** Reads the beginning of the question once; nobody else may use the LLM as long as questions are asked. */
  static async open(
    llm: LanguageModel,
    encoder: Encoder,
    ids: readonly number[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<WordAsker> {
    const prefix = await llm.start(llm.embed([...encoder.front, ...encoder.encode(QUESTION.before)]), { signal });
    return new WordAsker(llm, ids, prefix, llm.embed(encoder.encode(QUESTION.after)));
  }

  /** The log-probability of each word, (words), after vectors (n, hidden size), scaled as the LLM takes its input. */
  async ask(
    vectors: Float32Array,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Float32Array> {
    const embeddings = new Float32Array(vectors.length + this.after.length);
    embeddings.set(vectors);
    embeddings.set(this.after, vectors.length);
    const logits = await this.llm.logits({ prefix: this.prefix, embeddings, signal });
    const normaliser = logSumExp(logits);
    return Float32Array.from(this.ids, (id) => logits[id]! - normaliser);
  }
}

/** log(sum(exp(x))), without leaving the range of numbers. */
export function logSumExp(values: Float32Array): number {
  let most = -Infinity;
  for (const value of values) if (value > most) most = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - most);
  return most + Math.log(sum);
}

/** Answers questions about images. A run reads files, orders the work and keeps answers; it knows nothing else of the model. */
export interface Answerer<Decoded = unknown> {
  /** Written as `model_id` into answer lines. */
  readonly name: string;
  /**
   * Everything that decides the answers, by name: hashes of model, tokenizer and preprocessing, prompt format, dtype. A
   * run that began with other values is not continued.
   */
  readonly identity: Readonly<Record<string, string>>;
  /**
   * The whole text that the model is given for a question, with `<image>` in the place of the image. A question may hold that mark itself;
   * otherwise the image comes before it.
   */
  promptOf(question: string, options: { readonly image: boolean }): string;
  /**
   * Decodes and preprocesses an image file; called ahead of use, while questions are answered.
   *
   * @throws InputError that calls the image `name` when it cannot be decoded
   */
  decode(bytes: Uint8Array, name: string): Promise<Decoded>;
  /** The zero image of a blind run. */
  blank(): Promise<Decoded>;
  /** Runs the vision tower and what stands before the questions; null for questions without an image. */
  open(image: Decoded | null): Promise<ImageContext>;
}

/** An image that questions can be asked about, one at a time. */
export interface ImageContext {
  /** Seconds that opening took. */
  readonly seconds: { readonly vision: number; readonly prefill: number };
  answer(prompt: string, options: AnswerOptions): Promise<GivenAnswer>;
  dispose(): Promise<void>;
}

export interface AnswerOptions {
  /** 0 generates nothing, for choices alone. */
  readonly maxNewTokens: number;
  /** Texts that may follow the prompt, whose likelihoods are wanted. */
  readonly choices?: readonly string[] | undefined;
}

export interface GivenAnswer {
  /** The answer without special tokens and outer white space. */
  readonly text: string;
  /** Tokens generated. */
  readonly tokens: number;
  /** Log-probabilities of the tokens of each choice, in the order of the choices; absent where there were none. */
  readonly choiceLogprobs?: readonly (readonly number[])[] | undefined;
  /** The choices are part of `prefill`. */
  readonly seconds: { readonly prefill: number; readonly tokens: number };
}

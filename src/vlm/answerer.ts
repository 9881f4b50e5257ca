/** Answers questions about images. A run reads files, orders the work and keeps answers; it knows nothing else of the model. */
export interface Answerer<Decoded = unknown> {
  /** Written as `model_id` into answer lines. */
  readonly name: string;
  /**
   * Everything that decides the answers, by name: hashes of model, tokenizer and preprocessing, prompt format, dtype. A
   * run that began with other values is not continued.
   */
  readonly identity: Readonly<Record<string, string>>;
  /** The whole text that the model is given for a question, with `<image>` in the place of the image. */
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
  answer(prompt: string, options: { readonly maxNewTokens: number }): Promise<GivenAnswer>;
  dispose(): Promise<void>;
}

export interface GivenAnswer {
  /** The answer without special tokens and outer white space. */
  readonly text: string;
  /** Tokens generated. */
  readonly tokens: number;
  readonly seconds: { readonly prefill: number; readonly tokens: number };
}

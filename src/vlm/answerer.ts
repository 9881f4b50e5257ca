/**
 * Answers questions about images. The runner reads files, orders work and keeps answers; what a model is stays behind
 * this interface.
 */
export interface Answerer<Decoded = unknown> {
  /** Written as `model_id` into answer lines. */
  readonly name: string;
  /**
   * Everything that decides the answers, by name: hashes of model, tokenizer and preprocessing, prompt format, dtype. A
   * run that began with other values is not continued.
   */
  readonly identity: Readonly<Record<string, string>>;
  /** The whole text that the model is given for a question, the place of the image marked as `<image>`. */
  promptOf(question: string, options: { readonly image: boolean }): string;
  /**
   * Decodes and preprocesses an image file; called ahead of use, while questions are answered.
   *
   * @throws InputError, which calls it `name`, for one that cannot be decoded
   */
  decode(bytes: Uint8Array, name: string): Promise<Decoded>;
  /** The zero image of a blind run. */
  blank(): Promise<Decoded>;
  /** Vision pass and prefill of what stands before the questions; null for questions without an image. */
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
  /** Without special tokens and outer white space. */
  readonly text: string;
  /** Tokens generated. */
  readonly tokens: number;
  readonly seconds: { readonly prefill: number; readonly tokens: number };
}

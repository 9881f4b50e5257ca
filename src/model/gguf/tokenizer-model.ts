/** The parts of a tokenizer.json that one kind of tokenizer decides. */
export interface TokenizerModel {
  readonly model: object;
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly decoder: object;
  /** Whether BOS stands in front of every text where the file does not say. */
  readonly addsBos: boolean;
}

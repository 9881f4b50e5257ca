/** The place of an image in a text. */
export const IMAGE_MARKER = "<image>";

export interface Message {
  /** "system" stands first and once: what the assistant is told in place of a conversation's own words. */
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

/** A text ready to be tokenized. */
export interface Prompt {
  readonly text: string;
  /**
   * Whether the ids that the tokenizer puts in front of a text (BOS) come before it: "once" unless the text begins with
   * them itself, "always", or "never".
   */
  readonly front: "once" | "always" | "never";
  /** Texts that end an answer besides the end-of-text tokens of the model. */
  readonly stop: readonly string[];
}

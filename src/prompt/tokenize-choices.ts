import type { Encoder } from "../tokenizer/encoder.js";
import type { Prompt } from "./prompt.js";
import { tokenizePrompt, type Segment, type TokenizeOptions } from "./tokenize.js";

export interface TokenizedChoices {
  /** The prompt up to where the choices part from it; it ends with ids, which may be empty. */
  readonly prompt: readonly Segment[];
  /** What each choice adds to that, at least one token each. */
  readonly continuations: readonly (readonly number[])[];
}

/**
 * The tokens of answers that may follow a prompt. Each is tokenized together with the prompt, as text that was written in one go; where a choice
 * takes the prompt's last tokens into its own (a space at the end, mostly), those count as part of every choice.
 *
 * A space is put before a choice where prompt and choice would otherwise run together: "Answer:" and "red" are "Answer: red", as in
 * EleutherAI's lm-evaluation-harness. Behind white space or a special token, as chat templates end, there is none.
 */
export function tokenizeChoices(
  encoder: Encoder,
  prompt: Prompt,
  choices: readonly string[],
  options: TokenizeOptions = {},
): TokenizedChoices {
  const alone = tokenizePrompt(encoder, prompt, options);
  const asked = lastIds(alone);
  const joined = choices.map((choice) => {
    const text = prompt.text + separatorOf(encoder, prompt, asked, choice) + choice;
    return lastIds(tokenizePrompt(encoder, { ...prompt, text }, options));
  });
  const shared = Math.min(...joined.map((ids) => sharedLength(asked, ids)));
  return {
    prompt: [...alone.slice(0, -1), asked.slice(0, shared)],
    continuations: joined.map((ids) => ids.slice(shared)),
  };
}

const lastIds = (segments: readonly Segment[]): readonly number[] => segments.at(-1) as readonly number[];

function separatorOf({ vocabulary }: Encoder, { text }: Prompt, ids: readonly number[], choice: string): string {
  const last = ids.at(-1);
  const isSpecial = last !== undefined && vocabulary.kinds[last] === "special";
  return isSpecial || text === "" || /\s$/.test(text) || /^\s/.test(choice) ? "" : " ";
}

/** How many ids two lists begin with alike; one less where the first has no further ones, so that something is left to score. */
function sharedLength(prompt: readonly number[], whole: readonly number[]): number {
  let length = 0;
  while (length < prompt.length && length < whole.length - 1 && prompt[length] === whole[length]) length++;
  return length;
}

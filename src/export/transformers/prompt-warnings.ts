import type { ModelFiles } from "../../files/model-files.js";
import { loadChatTemplate } from "../../prompt/chat-template.js";
import { loadPromptFormat } from "../../prompt/prompt-format.js";
import { questionAboutImage, type ImageMarking } from "../../prompt/question.js";
import { tokenizePrompt, type Segment } from "../../prompt/tokenize.js";
import { loadEncoder, type Encoder } from "../../tokenizer/encoder.js";

export interface PromptWarningsOptions {
  /** The LLM's tokenizer and template. */
  readonly llm: ModelFiles;
  readonly marking: ImageMarking;
  readonly imageToken: number;
}

const QUESTION = "What is in the picture?";

/**
 * Whether a question becomes other tokens in the exported folder, as transformers' processors read it, than before the LLM with
 * its own chat template and LLaVA's way of tokenizing around an image; one line that says how, or none.
 */
export async function promptWarnings(
  folder: string,
  { llm, marking, imageToken }: PromptWarningsOptions,
): Promise<string[]> {
  // There is nothing to compare with.
  if ((await loadChatTemplate(llm)) === undefined) return [];
  const encoder = await loadEncoder(folder);
  const message = { role: "user", text: questionAboutImage(QUESTION, marking) } as const;
  const before = await loadPromptFormat({ folder: llm });
  const after = await loadPromptFormat({ folder, ownTemplate: true });
  const was = tokenizePrompt(encoder, before.write([message]));
  const is = tokenizePrompt(encoder, after.write([message]), { imageToken });
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  return [describe(was, is, encoder)];
}

function describe(was: readonly Segment[], is: readonly Segment[], { front, vocabulary }: Encoder): string {
  const spell = (ids: readonly number[]): string => ids.map((id) => vocabulary.strings[id]).join(" ");
  const [first, ...rest] = was as [readonly number[], ...Segment[]];
  if (JSON.stringify([[...front, ...first], ...rest]) === JSON.stringify(is)) {
    return `prompts: transformers' processors put ${spell(front)} in front, which the LLM's own chat template does not write`;
  }
  const [before, after] = [was, is].map((segments) =>
    JSON.stringify(segments.map((part) => (part === "image" ? part : spell(part))).join(" ")),
  );
  return `prompts: the tokens around an image are ${after} in transformers, and ${before} as LLaVA's code tokenizes each piece apart`;
}

import { InputError } from "../errors.js";
import { modelFiles, type ModelFiles } from "../files/model-files.js";
import { loadChatTemplate, renderChatTemplate, type ChatTemplate } from "./chat-template.js";
import { chooseConversation, conversationNamed, type LlavaFolder } from "./choose-conversation.js";
import { renderConversation, type Conversation } from "./conversation-styles.js";
import { CONVERSATION_NAMES } from "./conversations.js";
import type { Message, Prompt } from "./prompt.js";

/** Turns messages into the text that a model reads. */
export interface PromptFormat {
  /** Name of a conversation, or "chat template", as results record it. */
  readonly name: string;
  /**
   * Writes messages and the start of the assistant's next one. They begin with the user's and alternate; a system's may stand before them.
   */
  readonly write: (messages: readonly Message[]) => Prompt;
}

export interface PromptFormatOptions {
  /** Folder of the LLM's tokenizer. */
  readonly folder: string | ModelFiles;
  /** A conversation's name, as `--conv` gives it. */
  readonly conversation?: string | undefined;
  /** Present when the model is a LLaVA folder. */
  readonly llava?: LlavaFolder | undefined;
  /**
   * Whether the folder is a LLaVA model of transformers. The chat template of its processor, where it has one, then counts
   * more than its name.
   */
  readonly ownTemplate?: boolean | undefined;
}

/**
 * Finds the prompt format: the conversation that is named, else the one of a LLaVA folder, else the tokenizer's chat
 * template.
 *
 * @throws InputError when the name is not known, or there is no name, no LLaVA folder and no chat template
 */
export async function loadPromptFormat(options: PromptFormatOptions): Promise<PromptFormat> {
  const { folder, conversation, llava, ownTemplate = false } = options;
  if (conversation !== undefined) return ofConversation(conversationNamed(conversation));
  const template = llava === undefined || ownTemplate ? await loadChatTemplate(folder) : undefined;
  if (ownTemplate && template !== undefined) return ofProcessor(template);
  if (llava !== undefined) return ofConversation(chooseConversation(llava));
  if (template !== undefined) return ofTemplate(template);
  throw new InputError(
    `${modelFiles(folder).path}: the tokenizer has no chat template; name the conversation the model was trained with, one of ${CONVERSATION_NAMES.join(", ")}`,
  );
}

const ofConversation = (conversation: Conversation): PromptFormat => ({
  name: conversation.name,
  write: (messages) => renderConversation(conversation, messages),
});

/** A chat template writes its own BOS, and the model's end-of-text tokens end its answers. */
const ofTemplate = (template: ChatTemplate): PromptFormat => ({
  name: "chat template",
  write: (messages) => ({ text: renderChatTemplate(template, messages), front: "never", stop: [] }),
});

/** A processor's template takes images apart from text, and the tokenizer puts its BOS in front of the result. */
const ofProcessor = (template: ChatTemplate): PromptFormat => ({
  name: "chat template",
  write: (messages) => ({
    text: renderChatTemplate(template, messages, { imagesApart: namesImages(template) }),
    front: "once",
    stop: [],
  }),
});

/** A template that never names images was written for text alone and joins strings. */
const namesImages = ({ source }: ChatTemplate): boolean => /image/.test(source);

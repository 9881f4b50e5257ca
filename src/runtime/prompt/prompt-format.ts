import { InputError } from "../../errors.js";
import { loadChatTemplate, renderChatTemplate, type ChatTemplate } from "./chat-template.js";
import { chooseConversation, conversationNamed, type LlavaFolder } from "./choose-conversation.js";
import { renderConversation, type Conversation } from "./conversation-styles.js";
import { CONVERSATION_NAMES } from "./conversations.js";
import type { Message, Prompt } from "./prompt.js";

/** How messages become the text that a model reads. */
export interface PromptFormat {
  /** Name of a conversation, or "chat template"; results say it. */
  readonly name: string;
  /** Writes messages, which begin with the user's and alternate, and the start of the assistant's next one. */
  readonly write: (messages: readonly Message[]) => Prompt;
}

export interface PromptFormatOptions {
  /** Folder of the LLM's tokenizer. */
  readonly folder: string;
  /** A conversation's name, as `--conv` gives it. */
  readonly conversation?: string | undefined;
  /** Present when the model is a LLaVA folder. */
  readonly llava?: LlavaFolder | undefined;
}

/**
 * Finds the prompt format: the conversation that is named, else the one of a LLaVA folder, else the tokenizer's chat
 * template.
 *
 * @throws InputError when the name is not known, or there is no name, no LLaVA folder and no chat template
 */
export async function loadPromptFormat({ folder, conversation, llava }: PromptFormatOptions): Promise<PromptFormat> {
  if (conversation !== undefined) return ofConversation(conversationNamed(conversation));
  if (llava !== undefined) return ofConversation(chooseConversation(llava));
  const template = await loadChatTemplate(folder);
  if (template !== undefined) return ofTemplate(template);
  throw new InputError(
    `${folder}: the tokenizer has no chat template; name the conversation the model was trained with, one of ${CONVERSATION_NAMES.join(", ")}`,
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

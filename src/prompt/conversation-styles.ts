import { InputError } from "../errors.js";
import type { Message, Prompt } from "./prompt.js";

/** One of LLaVA's conversations: it turns messages into the text that a model was trained on. */
export interface Conversation {
  readonly name: string;
  readonly style: StyleName;
  /** What stands in front of the system's words, where the style writes nothing of its own. */
  readonly systemOpening?: string;
  readonly system: string;
  /** The names of user and assistant in the text. */
  readonly user: string;
  readonly assistant: string;
  readonly separator: string;
  /** What follows the assistant's messages, where it differs. */
  readonly endSeparator?: string;
  /** Text that ends an answer. */
  readonly stop: string;
  readonly front?: Prompt["front"];
}

export type StyleName = "two" | "joined" | "chatml" | "llama3" | "llama2" | "plain";

/**
 * Writes messages and the start of the assistant's next one. They begin with the user's and alternate; a system's before them takes
 * the place of the conversation's own.
 *
 * @throws InputError for a system's message where the conversation has no place for one
 */
export function renderConversation(conversation: Conversation, messages: readonly Message[]): Prompt {
  const [first, ...rest] = messages;
  const [told, turns] =
    first?.role === "system" ? [withSystem(conversation, first.text), rest] : [conversation, messages];
  const text = STYLES[told.style](told, turns);
  return { text, front: told.front ?? "once", stop: [told.stop] };
}

function withSystem(conversation: Conversation, system: string): Conversation {
  if (conversation.style !== "plain") return { ...conversation, system };
  throw new InputError(
    `conversation "${conversation.name}" has no place for a system message; leave it out or name another conversation`,
  );
}

const systemOf = ({ systemOpening = "", system }: Conversation): string => systemOpening + system;

type Style = (conversation: Conversation, messages: readonly Message[]) => string;

const speaker = ({ user, assistant }: Conversation, { role }: Message): string => (role === "user" ? user : assistant);

/** What follows a message. */
const closing = ({ separator, endSeparator }: Conversation, { role }: Message): string =>
  role === "user" ? separator : (endSeparator ?? separator);

const STYLES: Readonly<Record<StyleName, Style>> = {
  /** "system USER: text ASSISTANT: text</s>USER: text ASSISTANT:" */
  two: (conversation, messages) => {
    const turns = messages.map((turn) => `${speaker(conversation, turn)}: ${turn.text}${closing(conversation, turn)}`);
    return `${conversation.system}${conversation.separator}${turns.join("")}${conversation.assistant}:`;
  },
  /** Everything in a row; the speakers carry their own line breaks. */
  joined: (conversation, messages) => {
    const turns = messages.map((turn) => speaker(conversation, turn) + turn.text + conversation.separator);
    return systemOf(conversation) + conversation.separator + turns.join("") + conversation.assistant;
  },
  /** A line break after the speaker and after the separator. */
  chatml: (conversation, messages) => {
    const end = `${conversation.separator}\n`;
    const turns = messages.map((turn) => `${speaker(conversation, turn)}\n${turn.text}${end}`);
    return `${systemOf(conversation)}${end}${turns.join("")}${conversation.assistant}\n`;
  },
  /** What Llama 3's own chat template writes. */
  llama3: (conversation, messages) => {
    const write = (name: string, text: string): string => `<|start_header_id|>${name}<|end_header_id|>\n\n${text}`;
    const system = write("system", conversation.system) + conversation.separator;
    const turns = messages.map((turn) => write(speaker(conversation, turn), turn.text.trim()) + conversation.separator);
    return `<|begin_of_text|>${system}${turns.join("")}${write(conversation.assistant, "")}`;
  },
  /** "[INST] <<SYS>>system<</SYS>> text [/INST] text </s><s>[INST] text [/INST]", the first separator left off. */
  llama2: ({ system, separator, endSeparator }, messages) => {
    const opening = system === "" ? "" : `<<SYS>>\n${system}\n<</SYS>>\n\n`;
    const turns = messages.map(({ role, text }, index) =>
      role === "user"
        ? `${index === 0 ? "" : separator}[INST] ${index === 0 ? opening : ""}${text} [/INST]`
        : ` ${text} ${endSeparator ?? separator}`,
    );
    return turns.join("");
  },
  /** Only the texts, as adapters are pretrained. */
  plain: (conversation, messages) => messages.map((turn) => turn.text + closing(conversation, turn)).join(""),
};

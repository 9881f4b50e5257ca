import type { Conversation } from "./conversation-styles.js";

const HUMAN_CHAT =
  "A chat between a curious human and an artificial intelligence assistant. " +
  "The assistant gives helpful, detailed, and polite answers to the human's questions.";
const USER_CHAT = HUMAN_CHAT.replaceAll("human", "user");
const VISION_ASSISTANT =
  "You are a helpful language and vision assistant. " +
  "You are able to understand the visual content that the user provides, " +
  "and assist the user with a variety of tasks using natural language.";

const VICUNA = { style: "two", user: "USER", assistant: "ASSISTANT", separator: " ", endSeparator: "</s>" } as const;
const LLAMA_2 = { style: "llama2", user: "", assistant: "", separator: "<s>", endSeparator: "</s>" } as const;

/**
 * The conversations by the names that LLaVA's scripts give them. Texts and separators are those of haotian-liu/LLaVA,
 * LLaVA-VL/LLaVA-NeXT and, for `llama3`, CurryX-001/LangBridge (llava/conversation.py in each).
 */
const CONVERSATIONS: readonly Conversation[] = [
  { name: "llava_v1", ...VICUNA, system: HUMAN_CHAT, stop: "</s>" },
  { name: "vicuna_v1", ...VICUNA, system: USER_CHAT, stop: "</s>" },
  {
    name: "llava_llama_3",
    style: "llama3",
    system: VISION_ASSISTANT,
    user: "user",
    assistant: "assistant",
    separator: "<|eot_id|>",
    stop: "<|eot_id|>",
  },
  {
    name: "llama3",
    style: "joined",
    systemOpening: "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n",
    system: USER_CHAT,
    user: "<|start_header_id|>user<|end_header_id|>\n\n",
    assistant: "<|start_header_id|>assistant<|end_header_id|>\n\n",
    separator: "<|eot_id|>",
    stop: "<|eot_id|>",
    // LangBridge trains and evaluates with two BOS: the one written here and the tokenizer's.
    front: "always",
  },
  {
    name: "qwen_2",
    style: "chatml",
    systemOpening: "<|im_start|>system\n",
    system: "You are a helpful assistant.",
    user: "<|im_start|>user",
    assistant: "<|im_start|>assistant",
    separator: "<|im_end|>",
    stop: "<|im_end|>",
  },
  {
    name: "chatml_direct",
    style: "joined",
    systemOpening: "<|im_start|>system\n",
    system: "Answer the questions.",
    user: "<|im_start|>user\n",
    assistant: "<|im_start|>assistant\n",
    separator: "<|im_end|>",
    stop: "<|im_end|>",
  },
  { name: "llava_llama_2", ...LLAMA_2, system: VISION_ASSISTANT, stop: "</s>" },
  { name: "mistral_instruct", ...LLAMA_2, system: "", separator: "", stop: "</s>" },
  { name: "plain", style: "plain", system: "", user: "", assistant: "", separator: "\n", stop: "\n" },
  // Not LLaVA's: a prompt as it stands, which the model goes on with, as one that was never tuned to chat is asked.
  { name: "none", style: "plain", system: "", user: "", assistant: "", separator: "", stop: "\n" },
];

/** Other names of the same conversations. */
const ALIASES: Readonly<Record<string, string>> = {
  v1: "vicuna_v1",
  qwen_1_5: "qwen_2",
  llava_mistral_instruct: "mistral_instruct",
  v0_plain: "plain",
};

export const CONVERSATION_NAMES: readonly string[] = CONVERSATIONS.map(({ name }) => name);

/** Finds a conversation by LLaVA's name or alias for it. */
export function findConversation(name: string): Conversation | undefined {
  const wanted = ALIASES[name] ?? name;
  return CONVERSATIONS.find((conversation) => conversation.name === wanted);
}

import { InputError } from "../errors.js";
import type { Conversation } from "./conversation-styles.js";
import { CONVERSATION_NAMES, findConversation } from "./conversations.js";

/** What a LLaVA folder's conversation is chosen by. */
export interface LlavaFolder {
  /** The last part of its path, or the model's name; LLaVA's scripts use this alone. */
  readonly name: string;
  /** `model_type` of config.json. */
  readonly modelType: string;
  /** `vocab_size` of config.json. */
  readonly vocabSize?: number;
  /** `mm_projector_type` of config.json; "mm_vocab" for LangBridge's own models. */
  readonly projectorType?: string;
}

/** Llama 3's vocabulary without additions; Llama 2's has 32,000. */
const LLAMA_3_VOCABULARY = 128_000;

/** Bunny, Imp, TinyLLaVA, ALLaVA and others in front of Phi, StableLM and Gemma. */
const FORKS = /^(?:bunny|imp|tiny_?llava)(?:[-_]|$)|^llava_(?:phi|stablelm|gemma)/;

interface Rule {
  readonly conversation: string;
  readonly fits: (folder: LlavaFolder) => boolean;
}

const named = (pattern: RegExp) => (folder: LlavaFolder) => pattern.test(folder.name);
const isLlama3 = ({ name, modelType, vocabSize }: LlavaFolder): boolean =>
  /llama-?3/i.test(name) || (modelType === "llava_llama" && (vocabSize ?? 0) >= LLAMA_3_VOCABULARY);

/**
 * The first rule that fits counts. Names are those of LLaVA's llava/eval/run_llava.py. Where a name says nothing the config
 * decides, and llava_v1 is for all others.
 */
const RULES: readonly Rule[] = [
  // The forks keep Vicuna's words whatever the LLM's own template is; the LLM's end of text ends an answer.
  { conversation: "vicuna_v1", fits: ({ modelType }) => FORKS.test(modelType) },
  { conversation: "qwen_2", fits: ({ name, modelType }) => /qwen/i.test(name) || /qwen/.test(modelType) },
  { conversation: "llama3", fits: (folder) => isLlama3(folder) && folder.projectorType === "mm_vocab" },
  { conversation: "llava_llama_3", fits: isLlama3 },
  { conversation: "llava_llama_2", fits: named(/llama-2/i) },
  {
    conversation: "mistral_instruct",
    fits: ({ name, modelType }) => /mistral/i.test(name) || /mistral/.test(modelType),
  },
  { conversation: "chatml_direct", fits: named(/v1\.6-34b/i) },
  { conversation: "llava_v1", fits: () => true },
];

/** The conversation that a LLaVA folder was most likely trained with. */
export function chooseConversation(folder: LlavaFolder): Conversation {
  return findConversation(RULES.find(({ fits }) => fits(folder))!.conversation)!;
}

/**
 * The conversation of a name given by the user.
 *
 * @throws InputError with all names
 */
export function conversationNamed(name: string): Conversation {
  const conversation = findConversation(name);
  if (conversation !== undefined) return conversation;
  throw new InputError(`conversation "${name}" is not known; expected one of ${CONVERSATION_NAMES.join(", ")}`);
}

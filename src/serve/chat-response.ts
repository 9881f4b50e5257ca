import { randomUUID } from "node:crypto";
import type { Reply } from "../vlm/chat-model.js";

/** What all parts of one response have in common. */
export interface ResponseHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

export const newResponse = (model: string): ResponseHead => ({
  id: `chatcmpl-${randomUUID()}`,
  created: Math.floor(Date.now() / 1000),
  model,
});

const usageOf = ({ prompt, tokens }: Reply) => ({
  prompt_tokens: prompt.tokens,
  completion_tokens: tokens,
  total_tokens: prompt.tokens + tokens,
  prompt_tokens_details: { cached_tokens: prompt.cached },
});

/** A whole answer. */
export const completion = (head: ResponseHead, reply: Reply) => ({
  ...head,
  object: "chat.completion",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: reply.text, refusal: null },
      logprobs: null,
      finish_reason: reply.finish,
    },
  ],
  usage: usageOf(reply),
});

/** A piece of an answer: its first names the role, its last the reason why it ends. */
export const chunk = (
  head: ResponseHead,
  delta: { readonly role?: "assistant"; readonly content?: string },
  finish: Reply["finish"] | null = null,
) => ({
  ...head,
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
});

/** What stands behind the last piece for who asked for it. */
export const usageChunk = (head: ResponseHead, reply: Reply) => ({
  ...head,
  object: "chat.completion.chunk",
  choices: [],
  usage: usageOf(reply),
});

/** An error as OpenAI's clients read it. */
export const errorBody = (message: string, type: string, code: string | null = null) => ({
  error: { message, type, param: null, code },
});

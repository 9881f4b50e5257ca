import { z } from "zod";
import { InputError } from "../errors.js";
import { IMAGE_MARKER } from "../prompt/prompt.js";
import type { AskOptions } from "../vlm/vlm.js";

/*
 * Requests of OpenAI's chat completions (platform.openai.com/docs/api-reference/chat/create). What would change an answer and is not
 * done here is refused by name; what only labels a request is passed over.
 */

const textPart = z.strictObject({ type: z.literal("text"), text: z.string() });
const imagePart = z.strictObject({
  type: z.literal("image_url"),
  image_url: z.strictObject({ url: z.string(), detail: z.string().nullish() }),
});

const userContent = z.union([z.string(), z.array(z.discriminatedUnion("type", [textPart, imagePart]))]);
const plainContent = z.union([z.string(), z.array(textPart)]);
const name = z.string().nullish();

const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.enum(["system", "developer"]), content: plainContent, name }),
  z.strictObject({ role: z.literal("user"), content: userContent, name }),
  z.strictObject({ role: z.literal("assistant"), content: plainContent, name, refusal: z.null().optional() }),
]);

const count = z.int().min(1).nullish();

/** Only the value that changes nothing. */
const only = <Value extends string | number | boolean>(value: Value) => z.literal(value).nullish();

export const chatRequest = z.strictObject({
  model: z.string(),
  messages: z.array(message).min(1).max(1000),
  max_tokens: count,
  max_completion_tokens: count,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  seed: z.int().min(0).nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(16)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().nullish() }).nullish(),
  n: only(1),
  frequency_penalty: only(0),
  presence_penalty: only(0),
  logprobs: only(false),
  response_format: z.strictObject({ type: z.literal("text") }).nullish(),
  user: z.unknown().optional(),
  metadata: z.unknown().optional(),
  store: z.unknown().optional(),
  service_tier: z.unknown().optional(),
  safety_identifier: z.unknown().optional(),
  prompt_cache_key: z.unknown().optional(),
});

export type ChatRequest = z.output<typeof chatRequest>;

/** A message whose pictures are not opened yet. */
export interface RequestedMessage {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
  /** As the request names them. */
  readonly urls: readonly string[];
  /** Whether the text marks the places of the pictures. */
  readonly placesImages: boolean;
}

/**
 * What a request says, in the words of the library. A message's pictures stand in front of its text, whatever their order was, unless one
 * stands between two texts: then all stay where they are.
 */
export function readMessages({ messages }: ChatRequest): RequestedMessage[] {
  return messages.map(({ role, content }) => {
    const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
    const texts = parts.flatMap((part, at) => (part.type === "text" ? [at] : []));
    const placesImages = parts.some(({ type }, at) => type !== "text" && texts[0]! < at && at < texts.at(-1)!);
    return {
      role: role === "developer" ? "system" : role,
      text: placesImages
        ? parts.map((part) => (part.type === "text" ? unmarked(part.text) : IMAGE_MARKER)).join("")
        : parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n"),
      placesImages,
      urls: parts.flatMap((part) => (part.type === "image_url" ? [part.image_url.url] : [])),
    };
  });
}

/** A text that marks a place itself would be taken for a picture. */
function unmarked(text: string): string {
  if (!text.includes(IMAGE_MARKER)) return text;
  throw new InputError(`a message holds "${IMAGE_MARKER}", which marks the place of its image: ${text.slice(0, 200)}`);
}

/** How the answer is made; greedy unless the request says otherwise. */
export function answerOptions(request: ChatRequest, longest: number): AskOptions {
  const asked = request.max_completion_tokens ?? request.max_tokens ?? longest;
  return {
    maxNewTokens: Math.min(asked, longest),
    temperature: request.temperature ?? 0,
    topP: request.top_p ?? undefined,
    seed: request.seed ?? undefined,
    stop: typeof request.stop === "string" ? [request.stop] : (request.stop ?? undefined),
  };
}

import { z } from "zod";
import { InputError } from "../errors.js";
import { hubCacheFolder } from "../checkpoint/hub-cache.js";
import { checkOptions } from "../files/check-json.js";
import { callbackOption, countOption, workOptions } from "../files/option-schemas.js";
import { sha256 } from "../files/hash.js";
import { readImageFile } from "../image/decode.js";
import type { Message } from "../prompt/prompt.js";
import type { Sampling } from "../runtime/parts/sampling.js";
import type { ChatMessage, Reply, SeenImage } from "./chat-model.js";
import type { TunedModel } from "./llava-source.js";
import type { AdapterModel } from "./model-source.js";
import { openChatModel, type OpenChatModel } from "./open-chat-model.js";

/** A model by its parts; `hubCache` may be left out, which is then the user's. */
export type VlmParts = AdapterModel | (Omit<TunedModel, "hubCache"> & Partial<Pick<TunedModel, "hubCache">>);

/** A picture: the path of a file, the bytes of one, or one that `open` has seen. */
export type ImageInput = string | Uint8Array | VlmImage;

/** A picture that the model has seen. */
export interface VlmImage {
  /** What errors call it. */
  readonly name: string;
  readonly seen: SeenImage;
  /** The same beside others in a prompt, which some models see otherwise. */
  readonly seenAmongOthers?: () => Promise<SeenImage>;
}

/** A message of a chat with the pictures that stand in front of its text. */
export interface VlmMessage extends Message {
  readonly images?: readonly ImageInput[] | undefined;
  /** Whether the text marks the places of its pictures by `<image>`; else they stand in front of it. */
  readonly placesImages?: boolean | undefined;
}

const loadOptions = z.strictObject({
  /** cpu, cuda, cuda:N or webgpu; cpu when left out. */
  device: z.string().optional(),
  /** Precision of the LLM; the device's own when left out. */
  dtype: z.string().optional(),
  /** Threads of the CPU's arithmetic; one per core when left out. */
  threads: countOption.optional(),
  /** Longest prompt and answer together, in tokens; 4,096, or what the LLM reaches, when left out. */
  contextLength: countOption.optional(),
  /** Name of a LLaVA conversation; else the folder's own, or the tokenizer's chat template. */
  conversation: z.string().optional(),
  /** Folder for what is worked out once; that of the commands when left out. */
  cacheFolder: z.string().min(1).optional(),
  /** Prompts that are kept to be gone on from in turn, each with a key/value cache of its own; 1 when left out. */
  keptPrompts: countOption.max(64).optional(),
  ...workOptions,
  /** Told in one line what was worked out and kept in the cache folder, and of a file there that was damaged and is made anew. */
  onNote: callbackOption<(note: string) => void>(),
});

/** How a model is loaded; all may be left out. */
export type LoadVlmOptions = Readonly<z.input<typeof loadOptions>>;

const answerOptions = z.strictObject({
  /** Longest answer; 512 tokens when left out. */
  maxNewTokens: countOption.optional(),
  /** 0, the default, takes the likeliest token. */
  temperature: z.number().min(0).max(100).optional(),
  /** Draws among the fewest tokens whose probabilities add up to this; 1 when left out. */
  topP: z.number().gt(0).max(1).optional(),
  /** Equal seeds give equal answers; 0 when left out. */
  seed: z.int().min(0).optional(),
  /** What the assistant is told first, in place of a conversation's own words. */
  system: z.string().optional(),
  /** Texts that end the answer and are no part of it. */
  stop: z.array(z.string().min(1)).optional(),
  /** Ends the answer within one token. */
  signal: workOptions.signal,
  /** Called with each piece of the answer as it comes; the pieces joined are its text. */
  onToken: callbackOption<(piece: string) => void>(),
});

/** How an answer is made; all may be left out. */
export type AskOptions = Readonly<z.input<typeof answerOptions>>;

const DEFAULT_NEW_TOKENS = 512;

/** Pictures whose vectors stay in memory: one of 576 patches for an LLM of 4,096 numbers takes 9.4 MB. */
const SEEN_IMAGES = 16;

/** A vision-language model that answers questions about pictures. Answers take turns. */
export class Vlm {
  /** By the SHA-256 of the file, the one used least recently first. */
  readonly #seen = new Map<string, Promise<SeenImage>>();

  constructor(private readonly model: OpenChatModel) {}

  /** The names of its folders. */
  get name(): string {
    return this.model.name;
  }

  /** What may be wrong though the model runs, one line each. */
  get warnings(): readonly string[] {
    return this.model.warnings;
  }

  /** Precision, longest context and the like of the LLM. */
  get info(): OpenChatModel["info"] {
    return this.model.info;
  }

  /**
   * Runs the vision tower and the adapter on a picture. A picture of the same bytes is seen once.
   *
   * @throws InputError when it cannot be read or decoded; `name` is what errors call bytes
   */
  async open(image: ImageInput, name = typeof image === "string" ? image : "image"): Promise<VlmImage> {
    if (typeof image !== "string" && !(image instanceof Uint8Array)) return image;
    const bytes = typeof image === "string" ? await readImageFile(image) : image;
    const seen = await this.#see(bytes, name, false);
    if (this.model.chat.parts.imageScheme.several === undefined) return { name, seen };
    return { name, seen, seenAmongOthers: () => this.#see(bytes, name, true) };
  }

  /**
   * Answers a question about a picture, about several, or about none (`[]`).
   *
   * @throws InputError for pictures that cannot be decoded, options out of their range and prompts that are too long
   * @throws InterruptedError once the signal fires, within one token
   */
  async ask(images: ImageInput | readonly ImageInput[], question: string, options: AskOptions = {}): Promise<Reply> {
    return this.chat([userMessage(images, question)], options);
  }

  /** The same as pieces of text that come while the answer is made; to leave the loop ends it. */
  stream(
    images: ImageInput | readonly ImageInput[],
    question: string,
    options: AskOptions = {},
  ): AsyncGenerator<string, Reply, undefined> {
    return this.streamChat([userMessage(images, question)], options);
  }

  /**
   * Answers the last message of a chat, which goes on from its earlier answers while the model keeps them.
   *
   * @throws InputError as `ask` does, and for messages that do not begin with the user's and alternate
   * @throws InterruptedError once the signal fires, within one token
   */
  async chat(messages: readonly VlmMessage[], options: AskOptions = {}): Promise<Reply> {
    const {
      maxNewTokens = DEFAULT_NEW_TOKENS,
      temperature = 0,
      topP,
      seed,
      system,
      stop,
      ...rest
    } = checkOptions(answerOptions, options, "the options of an answer");
    const all = system === undefined ? messages : [{ role: "system", text: system } as const, ...messages];
    checkTurns(all);
    const seen: ChatMessage[] = [];
    const isOneOfSeveral = all.reduce((count, { images = [] }) => count + images.length, 0) > 1;
    for (const { images = [], ...message } of all) {
      seen.push({ ...message, images: await this.#openAll(images, isOneOfSeveral) });
    }
    const sampling: Sampling | undefined = temperature > 0 ? { temperature, topP, seed } : undefined;
    const { signal: abort, onToken: onText } = rest;
    return this.model.chat.reply(seen, { maxNewTokens, sampling, stop, signal: abort, onText });
  }

  /** The same as pieces of text that come while the answer is made; to leave the loop ends it. */
  async *streamChat(
    messages: readonly VlmMessage[],
    options: AskOptions = {},
  ): AsyncGenerator<string, Reply, undefined> {
    const pieces: string[] = [];
    let wake: () => void = () => undefined;
    const left = new AbortController();
    const abort = (): void => left.abort();
    const { signal: callers, onToken } = options;
    if (callers?.aborted) abort();
    callers?.addEventListener("abort", abort, { once: true });
    let over = false;
    const take = (piece: string): void => {
      pieces.push(piece);
      wake();
      onToken?.(piece);
    };
    const reply = this.chat(messages, { ...options, signal: left.signal, onToken: take }).finally(() => {
      over = true;
      wake();
    });
    // Awaited below; a caller that leaves the loop does not wait for it.
    reply.catch(() => undefined);
    try {
      for (;;) {
        while (pieces.length > 0) yield pieces.shift()!;
        if (over) return await reply;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      callers?.removeEventListener("abort", abort);
      abort();
    }
  }

  /** Ends the model's thread and frees everything. */
  async dispose(): Promise<void> {
    this.#seen.clear();
    await this.model.dispose();
  }

  async #openAll(images: readonly ImageInput[], isOneOfSeveral: boolean): Promise<SeenImage[]> {
    const opened: SeenImage[] = [];
    for (const image of images) {
      const { seen, seenAmongOthers } = await this.open(image);
      opened.push(isOneOfSeveral && seenAmongOthers !== undefined ? await seenAmongOthers() : seen);
    }
    return opened;
  }

  #see(bytes: Uint8Array, name: string, isOneOfSeveral: boolean): Promise<SeenImage> {
    const key = `${sha256(bytes)} ${isOneOfSeveral}`;
    const found = this.#seen.get(key);
    this.#seen.delete(key);
    const { chat } = this.model;
    const seen = found ?? chat.openPicture(bytes, { name, isOneOfSeveral }).then((picture) => chat.see(picture));
    this.#seen.set(key, seen);
    seen.catch(() => this.#seen.delete(key));
    if (this.#seen.size > SEEN_IMAGES) this.#seen.delete(this.#seen.keys().next().value!);
    return seen;
  }
}

/**
 * Loads a vision-language model: the folder of one that was tuned as a whole, or an adapter, its LLM and its vision tower.
 *
 * @throws InputError for options that are none, and when parts are missing, cannot be run or do not fit one another
 * @throws UnavailableError when the device or the memory is missing
 * @throws InterruptedError once the signal fires
 */
export async function loadVlm(model: string | VlmParts, options: LoadVlmOptions = {}): Promise<Vlm> {
  const { keptPrompts, ...rest } = checkOptions(loadOptions, options, "the options of loadVlm");
  const parts = typeof model === "string" ? { model } : model;
  const source = "adapter" in parts ? parts : { hubCache: hubCacheFolder({}), ...parts };
  return new Vlm(await openChatModel({ model: source, keptCaches: keptPrompts, ...rest }));
}

function userMessage(images: ImageInput | readonly ImageInput[], text: string): VlmMessage {
  const isList = (value: typeof images): value is readonly ImageInput[] => Array.isArray(value);
  return { role: "user", text, images: isList(images) ? images : [images] };
}

function checkTurns(messages: readonly VlmMessage[]): void {
  const turns = messages[0]?.role === "system" ? messages.slice(1) : messages;
  const first = messages.length - turns.length;
  turns.forEach(({ role }, at) => {
    const expected = at % 2 === 0 ? "user" : "assistant";
    if (role !== expected)
      throw new InputError(`messages[${first + at}]: is the ${role}'s, expected the ${expected}'s`);
  });
  if (turns.length % 2 === 0) throw new InputError("messages: expected the last one to be the user's");
}

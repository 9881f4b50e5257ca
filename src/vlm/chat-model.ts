import { InputError } from "../errors.js";
import type { ImageProcessor } from "../image/image-processor.js";
import type { ImageScheme } from "../image/image-scheme.js";
import { blankPicture, openPicture, type PictureViewOptions, type PictureViews } from "../image/picture-views.js";
import { joinViews } from "../image/view-layout.js";
import { AnswerText } from "../prompt/answer-text.js";
import type { PromptFormat } from "../prompt/prompt-format.js";
import { IMAGE_MARKER, type Message, type Prompt } from "../prompt/prompt.js";
import { questionAboutImage, type ImageMarking } from "../prompt/question.js";
import { tokenizeChoices } from "../prompt/tokenize-choices.js";
import { stopsOf, tokenizePrompt, type Segment } from "../prompt/tokenize.js";
import type { Sampling } from "../runtime/parts/sampling.js";
import { Turns } from "../runtime/sessions/turns.js";
import { concatRows } from "../tensor/float-arrays.js";
import type { Encoder } from "../tokenizer/encoder.js";
import { timed } from "../timed.js";
import { KeptPrompts, type PromptItem, type StateKeeper } from "./kept-prompts.js";

/** What is used of a loaded LLM. */
export interface AnsweringLlm<State> extends StateKeeper<State> {
  readonly info: { readonly hiddenSize: number; readonly contextLength: number };
  /** Input embeddings of ids: (ids, hiddenSize). */
  embed(ids: readonly number[]): Float32Array;
  /** Runs tokens (tokens, hiddenSize) that several continuations share. */
  start(
    embeddings: Float32Array,
    options?: { readonly after?: State | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<State>;
  generate(options: {
    readonly prefix?: State | undefined;
    readonly embeddings: Float32Array;
    readonly promptTokens?: readonly number[] | undefined;
    readonly maxTokens: number;
    readonly sampling?: Sampling | undefined;
    readonly stopWhen?: ((tokens: readonly number[]) => boolean) | undefined;
    readonly onToken?: ((token: number) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<{
    readonly tokens: readonly number[];
    readonly finish: "eos" | "stop" | "length";
    readonly state: State;
  }>;
  /** Log-probabilities of the tokens of each continuation of a prompt. */
  logprobs(options: {
    readonly prefix?: State | undefined;
    readonly embeddings: Float32Array;
    readonly continuations: readonly (readonly number[])[];
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly (readonly number[])[]>;
}

/** A model without its vision tower: what carries features over, what answers, and how it is spoken to. */
export interface FeatureModelParts<State> {
  readonly llm: AnsweringLlm<State>;
  readonly adapter: { project(features: Float32Array): Promise<{ readonly embeddings: Float32Array }> };
  readonly encoder: Encoder;
  readonly promptFormat: PromptFormat;
  readonly imageMarking: ImageMarking;
  /** The tokenizer's token for an image, in transformers' models; LLaVA's have none. */
  readonly imageToken?: number | undefined;
}

/** The same with what sees pictures. */
export interface ModelParts<State> extends FeatureModelParts<State> {
  readonly vision: {
    readonly info: { readonly imageSize: number; readonly patches: number };
    features(pixels: Float32Array): Promise<Float32Array>;
  };
  readonly imageProcessor: ImageProcessor;
  readonly imageScheme: ImageScheme;
  /** The learned vector behind each row of patches, (hiddenSize), where the scheme has one. */
  readonly lineBreak?: Float32Array | undefined;
}

/** An image in the LLM's embedding space. */
export interface SeenImage {
  /** (patches, hiddenSize) */
  readonly vectors: Float32Array;
  readonly seconds: number;
}

/** A message with its images. */
export interface ChatMessage<Image = SeenImage> extends Message {
  readonly images?: readonly Image[] | undefined;
  /** Whether the text marks the places of its images; in front of it when left out. */
  readonly placesImages?: boolean | undefined;
}

export interface ReplyOptions {
  readonly maxNewTokens: number;
  /** How tokens are drawn; greedy when left out. */
  readonly sampling?: Sampling | undefined;
  /** Further texts that end the answer. */
  readonly stop?: readonly string[] | undefined;
  /** Called with each piece of the answer as it comes; the pieces joined are its text. */
  readonly onText?: ((piece: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Reply {
  /** Without special tokens, stop texts and outer white space. */
  readonly text: string;
  /** Tokens generated. */
  readonly tokens: number;
  readonly finish: "stop" | "length";
  /** Of the prompt, an image as many as its patches; `cached` of them were kept from an earlier one. */
  readonly prompt: { readonly tokens: number; readonly cached: number };
  /** Prefill ends with the first token. */
  readonly seconds: { readonly prefill: number; readonly tokens: number };
}

/** A prompt as the LLM takes it. */
interface PreparedPrompt {
  readonly items: readonly PromptItem[];
  readonly prompt: Prompt;
  /** Items up to the end of the last image. */
  readonly beginning: number;
}

/**
 * A model that was loaded and answers messages about features that were made elsewhere: one prefill of what stands before a question, and an
 * answer on the kept key/value cache. Chats go on from where they were. Replies take turns.
 */
export class FeatureChatModel<State, Parts extends FeatureModelParts<State> = FeatureModelParts<State>> {
  readonly #turns = new Turns();
  readonly #kept: KeptPrompts<State>;

  constructor(readonly parts: Parts) {
    this.#kept = new KeptPrompts(parts.llm, (items) => this.#positions(items));
  }

  /** An item in the LLM's embedding space, from its features (vectors, width). */
  async seeFeatures(features: Float32Array): Promise<SeenImage> {
    const { value, seconds } = await timed(() => this.parts.adapter.project(features));
    return { vectors: value.embeddings, seconds };
  }

  /**
   * The whole text that the LLM is given, with the places of images marked.
   *
   * @throws InputError where a text marks such a place, unless it says so and marks one for each of its images
   */
  write(messages: readonly ChatMessage<unknown>[]): Prompt {
    const { promptFormat, imageMarking } = this.parts;
    return promptFormat.write(
      messages.map((message) => {
        const { role, text, images = [] } = message;
        checkMarks(message);
        return { role, text: images.length === 0 ? text : questionAboutImage(text, imageMarking, images.length) };
      }),
    );
  }

  /**
   * Answers the last of the messages.
   *
   * @throws InputError for messages that the prompt format refuses or that do not fit into the context
   * @throws InterruptedError once `signal` fires, within one token
   */
  async reply(messages: readonly ChatMessage[], options: ReplyOptions): Promise<Reply> {
    const prepared = this.#prepare(messages);
    // One turn for all of it, or another prompt ends what was kept before it is continued.
    return this.#turns.take(() => this.#reply(prepared, options), options.signal);
  }

  /**
   * How likely each choice is as an answer to the last of the messages: log-probabilities of its tokens.
   *
   * @throws InputError as `reply` does
   */
  async logprobs(
    messages: readonly ChatMessage[],
    choices: readonly string[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly (readonly number[])[]> {
    const { llm, encoder, imageToken } = this.parts;
    const prompt = this.write(messages);
    const { prompt: segments, continuations } = tokenizeChoices(encoder, prompt, choices, { imageToken });
    const prepared = placeImages(prompt, segments, messages);
    return this.#turns.take(async () => {
      const { state, count } = await this.#begin(prepared, signal);
      const embeddings = this.#embed(prepared.items.slice(count));
      return llm.logprobs({ prefix: state, embeddings, continuations, signal });
    }, signal);
  }

  #prepare(messages: readonly ChatMessage[]): PreparedPrompt {
    const { encoder, imageToken } = this.parts;
    const prompt = this.write(messages);
    return placeImages(prompt, tokenizePrompt(encoder, prompt, { imageToken }), messages);
  }

  /** Runs a prompt up to its last image, unless that or more of it is kept. */
  async #begin({ items, beginning }: PreparedPrompt, signal: AbortSignal | undefined) {
    const kept = this.#kept.find(items);
    if (kept.count >= beginning) return { ...kept, cached: kept.count };
    const embeddings = this.#embed(items.slice(kept.count, beginning));
    const state = await this.parts.llm.start(embeddings, { after: kept.state, signal });
    this.#kept.addBeginning(items.slice(0, beginning), state);
    return { state, count: beginning, cached: kept.count };
  }

  async #reply(prepared: PreparedPrompt, options: ReplyOptions): Promise<Reply> {
    const { llm, encoder } = this.parts;
    const { maxNewTokens, sampling, onText, signal, stop = [] } = options;
    const { prompt, items } = prepared;
    const startedAt = performance.now();
    const { state, count, cached } = await this.#begin(prepared, signal);
    const stops = stopsOf(encoder, { stop: [...prompt.stop, ...stop.filter((text) => text !== "")] });
    const text = new AnswerText(encoder, { stops: stops.texts, onText });
    const promptTokens = this.#positions(items);
    let firstTokenAt = 0;
    const {
      tokens,
      finish,
      state: after,
    } = await llm.generate({
      prefix: state,
      embeddings: this.#embed(items.slice(count)),
      promptTokens: this.#countedTokens(items),
      maxTokens: Math.max(1, Math.min(maxNewTokens, llm.info.contextLength - promptTokens)),
      sampling,
      stopWhen: (soFar) => stops.ids.includes(soFar.at(-1)!) || text.update(soFar),
      onToken: () => (firstTokenAt ||= performance.now()),
      signal,
    });
    const ran = finish === "eos" ? tokens : tokens.slice(0, -1);
    this.#kept.addAnswer([...items, ...ran], items.length, after);
    const endedAt = performance.now();
    const prefilledAt = firstTokenAt || endedAt;
    return {
      text: text.end(tokens),
      tokens: tokens.length,
      finish: finish === "length" ? "length" : "stop",
      prompt: { tokens: promptTokens, cached: this.#positions(items.slice(0, cached)) },
      seconds: { prefill: (prefilledAt - startedAt) / 1000, tokens: (endedAt - prefilledAt) / 1000 },
    };
  }

  #positions(items: readonly PromptItem[]): number {
    const { hiddenSize } = this.parts.llm.info;
    return items.reduce<number>((sum, item) => sum + (typeof item === "number" ? 1 : item.length / hiddenSize), 0);
  }

  #embed(items: readonly PromptItem[]): Float32Array {
    const { llm } = this.parts;
    const pieces: Float32Array[] = [];
    let ids: number[] = [];
    const endText = (): void => {
      if (ids.length > 0) pieces.push(llm.embed(ids));
      ids = [];
    };
    for (const item of items) {
      if (typeof item === "number") ids.push(item);
      else {
        endText();
        pieces.push(item);
      }
    }
    endText();
    return concatRows(...pieces);
  }

  /** Transformers' models are given tokens, the image's once for each patch; LLaVA's are given vectors, which no setting counts. */
  #countedTokens(items: readonly PromptItem[]): readonly number[] {
    const { imageToken, llm } = this.parts;
    if (imageToken === undefined) return [];
    return items.flatMap((item) =>
      typeof item === "number" ? item : Array<number>(item.length / llm.info.hiddenSize).fill(imageToken),
    );
  }
}

/** The same about pictures, each of which takes one vision pass. */
export class ChatModel<State> extends FeatureChatModel<State, ModelParts<State>> {
  /**
   * Decodes a picture, given by its path or its bytes, and makes the views that the vision tower takes.
   *
   * @throws InputError when it cannot be read or decoded
   */
  openPicture(source: string | Uint8Array, options?: PictureViewOptions): Promise<PictureViews> {
    return openPicture(source, this.#viewSettings(), options);
  }

  /** The views of no picture, for questions that are asked blind. */
  blankPicture(): PictureViews {
    return blankPicture(this.#viewSettings());
  }

  /** The vision pass of one picture, a view after another. */
  async see({ views, layout }: PictureViews): Promise<SeenImage> {
    const { vision, adapter, lineBreak } = this.parts;
    const { value: vectors, seconds } = await timed(async () => {
      const projected: Float32Array[] = [];
      for (const { data } of views) projected.push((await adapter.project(await vision.features(data))).embeddings);
      return joinViews(layout, projected, lineBreak);
    });
    return { vectors, seconds };
  }

  #viewSettings() {
    const { imageProcessor: processor, imageScheme: scheme, vision, llm } = this.parts;
    return { processor, scheme, tower: vision.info, room: llm.info.contextLength };
  }
}

function checkMarks({ role, text, images = [], placesImages = false }: ChatMessage<unknown>): void {
  const marks = text.split(IMAGE_MARKER).length - 1;
  if (marks === 0 || (placesImages && marks === images.length)) return;
  const message = role === "user" ? "question" : `message of the ${role}`;
  throw new InputError(
    placesImages
      ? `a ${message} marks ${marks} places of images ("${IMAGE_MARKER}") and has ${images.length}: ${text.slice(0, 200)}`
      : `a ${message} holds "${IMAGE_MARKER}", which marks the place of its image: ${text.slice(0, 200)}`,
  );
}

function placeImages(prompt: Prompt, segments: readonly Segment[], messages: readonly ChatMessage[]): PreparedPrompt {
  const images = messages.flatMap(({ images: own = [] }) => own);
  const places = segments.filter((segment) => segment === "image").length;
  if (places !== images.length) {
    throw new InputError(
      `the prompt has places for ${places} images, expected ${images.length}; another --conv may fit: ${prompt.text.slice(0, 200)}`,
    );
  }
  let next = 0;
  const items = segments.flatMap((segment): readonly PromptItem[] =>
    segment === "image" ? [images[next++]!.vectors] : segment,
  );
  const imagesEnd = items.findLastIndex((item) => typeof item !== "number") + 1;
  // Something has to follow what is kept, for it to be gone on with.
  return { prompt, items, beginning: imagesEnd < items.length ? imagesEnd : 0 };
}

import { InputError } from "../errors.js";
import type { ImageProcessor } from "../image/image-processor.js";
import { blankPixelValues, preprocessFile, type ImageAspectRatio, type PixelValues } from "../image/preprocess.js";
import type { PromptFormat } from "../prompt/prompt-format.js";
import { IMAGE_MARKER, type Prompt } from "../prompt/prompt.js";
import { questionAboutImage, type ImageMarking } from "../prompt/question.js";
import { stopsOf, tokenizePrompt } from "../prompt/tokenize.js";
import { Turns } from "../runtime/sessions/turns.js";
import { concatRows } from "../tensor/float-arrays.js";
import type { Encoder } from "../tokenizer/encoder.js";
import type { Answerer, GivenAnswer, ImageContext } from "./answerer.js";
import { timed } from "../timed.js";

/** The calls of a loaded LLM that are used here. */
export interface AnsweringLlm<Prefix> {
  readonly info: { readonly hiddenSize: number; readonly contextLength: number };
  /** Input embeddings of ids: (ids, hiddenSize). */
  embed(ids: readonly number[]): Float32Array;
  /** Runs tokens (tokens, hiddenSize) that several continuations share. It ends the prefix before it. */
  start(embeddings: Float32Array): Promise<Prefix>;
  generate(options: {
    readonly prefix?: Prefix | undefined;
    readonly embeddings: Float32Array;
    readonly promptTokens?: readonly number[] | undefined;
    readonly maxTokens: number;
    readonly stopWhen?: ((tokens: readonly number[]) => boolean) | undefined;
    readonly onToken?: ((token: number) => void) | undefined;
  }): Promise<{ readonly tokens: readonly number[] }>;
}

/** The parts of a model: vision tower, adapter, LLM, and how its prompts are made. */
export interface ModelParts<Prefix> {
  readonly llm: AnsweringLlm<Prefix>;
  readonly vision: {
    readonly info: { readonly imageSize: number };
    features(pixels: Float32Array): Promise<Float32Array>;
  };
  readonly adapter: { project(features: Float32Array): Promise<{ readonly embeddings: Float32Array }> };
  readonly encoder: Encoder;
  readonly promptFormat: PromptFormat;
  readonly imageProcessor: ImageProcessor;
  readonly imageAspectRatio: ImageAspectRatio;
  readonly imageMarking: ImageMarking;
  /** The tokenizer's token for an image, in transformers' models; LLaVA's have none. */
  readonly imageToken?: number | undefined;
}

/**
 * Answers with a model that was loaded: one vision pass per image, one prefill of what stands before the question, and
 * for each question its own part and a greedy answer on the kept key/value cache.
 *
 * @param identity what decides the answers and is not seen from the parts: hashes of the folders, dtype
 */
export function modelAnswerer<Prefix>(
  parts: ModelParts<Prefix>,
  { name, identity }: { readonly name: string; readonly identity: Readonly<Record<string, string>> },
): Answerer<PixelValues> {
  const { vision, adapter, imageProcessor, imageAspectRatio } = parts;
  const { imageSize } = vision.info;
  const shared: SharedLlm<Prefix> = { turns: new Turns(), started: null };
  return {
    name,
    identity: {
      ...identity,
      "prompt format": parts.promptFormat.name,
      preprocessing: JSON.stringify({ ...imageProcessor, imageAspectRatio }).replaceAll(/[,:]/g, "$& "),
    },
    promptOf: (question, { image }) => writePrompt(parts, question, image).text,
    decode: (bytes, name) => preprocessFile(bytes, imageProcessor, { imageAspectRatio, name }),
    blank: () => Promise.resolve(blankPixelValues({ height: imageSize, width: imageSize })),
    async open(pixels) {
      if (pixels === null) return new ModelContext(parts, shared, null, 0);
      const { value, seconds } = await timed(async () => adapter.project(await vision.features(pixels.data)));
      return new ModelContext(parts, shared, value.embeddings, seconds);
    },
  };
}

function writePrompt<Prefix>(
  { promptFormat, imageMarking }: ModelParts<Prefix>,
  question: string,
  image: boolean,
): Prompt {
  if (question.includes(IMAGE_MARKER)) {
    throw new InputError(
      `a question holds "${IMAGE_MARKER}", which marks the place of its image: ${question.slice(0, 200)}`,
    );
  }
  return promptFormat.write([{ role: "user", text: image ? questionAboutImage(question, imageMarking) : question }]);
}

/** What all images of an answerer have in common: the LLM keeps the prefix of one of them at a time. */
interface SharedLlm<Prefix> {
  readonly turns: Turns;
  started: { readonly image: Float32Array; readonly ids: readonly number[]; readonly prefix: Prefix } | null;
}

/** An image in the LLM's embedding space. */
class ModelContext<Prefix> implements ImageContext {
  readonly seconds: ImageContext["seconds"];

  constructor(
    private readonly parts: ModelParts<Prefix>,
    private readonly shared: SharedLlm<Prefix>,
    /** (patches, hiddenSize); null for questions without an image. */
    private readonly image: Float32Array | null,
    visionSeconds: number,
  ) {
    this.seconds = { vision: visionSeconds, prefill: 0 };
  }

  async answer(question: string, { maxNewTokens }: { readonly maxNewTokens: number }): Promise<GivenAnswer> {
    const prompt = writePrompt(this.parts, question, this.image !== null);
    // One turn for both steps: otherwise a question about another image would end the prefix before it is continued.
    return this.shared.turns.take(() => this.answerPrompt(prompt, maxNewTokens));
  }

  private async answerPrompt(prompt: Prompt, maxNewTokens: number): Promise<GivenAnswer> {
    const { llm, encoder } = this.parts;
    const startedAt = performance.now();
    const { prefix, prefixLength, suffix, promptTokens } = await this.prepare(prompt);
    const stops = stopsOf(encoder, prompt);
    let firstTokenAt = 0;
    const { tokens } = await llm.generate({
      prefix,
      embeddings: llm.embed(suffix),
      promptTokens,
      maxTokens: Math.max(1, Math.min(maxNewTokens, llm.info.contextLength - prefixLength - suffix.length)),
      stopWhen: (soFar) => stops.ids.includes(soFar.at(-1)!) || firstStop(encoder.decode(soFar), stops.texts) >= 0,
      onToken: () => (firstTokenAt ||= performance.now()),
    });
    const endedAt = performance.now();
    const prefilledAt = firstTokenAt || endedAt;
    const said = encoder.decode(tokens);
    const end = firstStop(said, stops.texts);
    return {
      text: (end < 0 ? said : said.slice(0, end)).trim(),
      tokens: tokens.length,
      seconds: { prefill: (prefilledAt - startedAt) / 1000, tokens: (endedAt - prefilledAt) / 1000 },
    };
  }

  /** Runs what stands before the question, unless it was the last thing that ran, and returns the ids behind it. */
  private async prepare({ text, ...rest }: Prompt) {
    const { encoder, imageToken } = this.parts;
    const segments = tokenizePrompt(encoder, { text, ...rest }, { imageToken });
    const images = segments.filter((segment) => segment === "image").length;
    const wanted = this.image === null ? 0 : 1;
    if (images !== wanted) {
      throw new InputError(
        `the prompt has places for ${images} images, expected ${wanted}; another --conv may fit: ${text.slice(0, 200)}`,
      );
    }
    const [before, , after] = segments as [readonly number[], "image"?, (readonly number[])?];
    if (this.image === null) {
      this.shared.started = null;
      return {
        prefix: undefined,
        prefixLength: 0,
        suffix: before,
        promptTokens: imageToken === undefined ? [] : before,
      };
    }
    const patches = this.image.length / this.parts.llm.info.hiddenSize;
    // The tokens that settings such as a repetition penalty count. Transformers' models are given tokens, with the image's
    // token once for each patch. LLaVA's models are given vectors, which no setting counts.
    const promptTokens =
      imageToken === undefined ? [] : [...before, ...Array<number>(patches).fill(imageToken), ...after!];
    return {
      prefix: await this.start(before, this.image),
      prefixLength: before.length + patches,
      suffix: after!,
      promptTokens,
    };
  }

  private async start(ids: readonly number[], image: Float32Array): Promise<Prefix> {
    const { shared, parts } = this;
    if (shared.started?.image === image && equalIds(shared.started.ids, ids)) return shared.started.prefix;
    shared.started = null;
    const prefix = await parts.llm.start(concatRows(parts.llm.embed(ids), image));
    shared.started = { image, ids, prefix };
    return prefix;
  }

  dispose(): Promise<void> {
    if (this.shared.started?.image === this.image) this.shared.started = null;
    return Promise.resolve();
  }
}

/** Where the first of the stop texts begins; -1 when none is there. */
function firstStop(text: string, stops: readonly string[]): number {
  const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

const equalIds = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, index) => id === b[index]);

import type { ImageScheme } from "../image/image-scheme.js";
import type { PictureViews } from "../image/picture-views.js";
import { IMAGE_MARKER } from "../prompt/prompt.js";
import { timed } from "../timed.js";
import { float32View } from "../tensor/half.js";
import type { Answerer, AnswerOptions, GivenAnswer, ImageContext } from "./answerer.js";
import type { ChatMessage, ChatModel, FeatureChatModel, SeenImage } from "./chat-model.js";

/**
 * Answers the questions of benchmarks with a model that was loaded: one vision pass per image, one prefill of what stands before the
 * question, and for each question its own part and a greedy answer on the kept key/value cache.
 *
 * @param identity what decides the answers and is not seen from the parts: hashes of the folders, dtype
 */
export function modelAnswerer<State>(
  model: ChatModel<State>,
  { name, identity }: { readonly name: string; readonly identity: Readonly<Record<string, string>> },
): Answerer<PictureViews> {
  const { promptFormat, imageProcessor, imageScheme } = model.parts;
  const seen = JSON.stringify({ ...imageProcessor, ...describeScheme(imageScheme) }).replaceAll(/[,:]/g, "$& ");
  return {
    name,
    identity: { ...identity, "prompt format": promptFormat.name, preprocessing: seen },
    promptOf: promptsOf(model),
    decode: (bytes, file) => model.openPicture(bytes, { name: file }),
    blank: () => Promise.resolve(model.blankPicture()),
    open: async (picture) => contextOf(model, picture === null ? [] : [await model.see(picture)]),
  };
}

/**
 * Answers the questions of benchmarks about features that were made elsewhere: an item's "file" is its features (vectors, width) as float32.
 *
 * @param blank the features that stand for those of every item in a blind run
 */
export function featureAnswerer<State>(
  model: FeatureChatModel<State>,
  options: {
    readonly name: string;
    readonly identity: Readonly<Record<string, string>>;
    readonly blank: Float32Array;
  },
): Answerer<Float32Array> {
  const { name, identity, blank } = options;
  return {
    name,
    identity: { ...identity, "prompt format": model.parts.promptFormat.name },
    promptOf: promptsOf(model),
    decode: (bytes) => Promise.resolve(float32View(bytes)),
    blank: () => Promise.resolve(blank),
    open: async (features) => contextOf(model, features === null ? [] : [await model.seeFeatures(features)]),
  };
}

const promptsOf =
  <State>(model: FeatureChatModel<State>): Answerer["promptOf"] =>
  (question, { image }) =>
    model.write([questionOf(question, image ? [null] : [])]).text;

/** A scheme without tiles is its name, as in the runs of releases that had no other. */
const describeScheme = ({ name, tiles }: ImageScheme): object => ({ imageAspectRatio: name, ...(tiles && { tiles }) });

const contextOf = <State>(model: FeatureChatModel<State>, images: readonly SeenImage[]): ImageContext => ({
  seconds: { vision: images[0]?.seconds ?? 0, prefill: 0 },
  answer: (question, options) => answer(model, [questionOf(question, images)], options),
  dispose: () => Promise.resolve(),
});

const questionOf = <Image>(text: string, images: readonly Image[]): ChatMessage<Image> => {
  return { role: "user", text, images, placesImages: text.includes(IMAGE_MARKER) };
};

async function answer<State>(
  model: FeatureChatModel<State>,
  messages: readonly ChatMessage[],
  { maxNewTokens, choices = [] }: AnswerOptions,
): Promise<GivenAnswer> {
  if (choices.length === 0) return model.reply(messages, { maxNewTokens });
  const { value: choiceLogprobs, seconds } = await timed(() => model.logprobs(messages, choices));
  if (maxNewTokens === 0) return { text: "", tokens: 0, choiceLogprobs, seconds: { prefill: seconds, tokens: 0 } };
  const reply = await model.reply(messages, { maxNewTokens });
  return { ...reply, choiceLogprobs, seconds: { ...reply.seconds, prefill: reply.seconds.prefill + seconds } };
}

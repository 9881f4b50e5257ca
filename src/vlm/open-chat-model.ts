import type { FeatureFile } from "../checkpoint/feature-file.js";
import { InputError } from "../errors.js";
import { checkViewSettings } from "../image/picture-views.js";
import { openTowerFiles } from "../model/gguf/open-mmproj.js";
import { openLlm } from "../model/llm/llm-folder.js";
import { describeOwnHead } from "../model/llm/own-head.js";
import { loadImageProcessor } from "../model/vision/image-processors.js";
import { selectedVectors, visionSelection } from "../model/vision/vision-family.js";
import { loadPromptFormat } from "../prompt/prompt-format.js";
import { imageMarking } from "../prompt/question.js";
import type { Prefix } from "../runtime/parts/kept-states.js";
import type { LanguageModelInfo } from "../runtime/parts/language-model.js";
import { loadModel, type ExecutionOptions, type Model } from "../runtime/parts/load-model.js";
import { VisionTower } from "../runtime/parts/vision-tower.js";
import { loadEncoder } from "../tokenizer/encoder.js";
import { ChatModel, FeatureChatModel } from "./chat-model.js";
import { readLineBreak } from "./line-break.js";
import { openTunedModel, type TunedModel } from "./llava-source.js";
import {
  openAdapterModel,
  openFeatureModel,
  type AdapterModel,
  type FeatureModel,
  type FeatureModelSource,
} from "./model-source.js";

/** A model by its folders, how to speak to it, and where it runs. */
export interface OpenChatModelOptions extends ExecutionOptions {
  readonly model: AdapterModel | TunedModel;
  /** Name of a LLaVA conversation; else the folder's own, or the tokenizer's chat template. */
  readonly conversation?: string | undefined;
}

/** A loaded model, until it is disposed of. */
export interface OpenChatModel<Chat = ChatModel<Prefix>> {
  readonly chat: Chat;
  /** What answers are signed with. */
  readonly name: string;
  /** Hashes of its folders, and the device and dtype that it runs in. */
  readonly identity: Readonly<Record<string, string>>;
  readonly info: LanguageModelInfo;
  /** What may be wrong though the model runs, one line each: the LLM is not the one that the adapter was made for. */
  readonly warnings: readonly string[];
  dispose(): Promise<void>;
}

/**
 * Loads a model.
 *
 * @throws InputError when its parts do not fit one another
 * @throws UnavailableError when the device is missing
 */
export async function openChatModel({ model, conversation, ...options }: OpenChatModelOptions): Promise<OpenChatModel> {
  options.onProgress?.({ stage: "reading headers and settings", done: 0, total: 0 });
  const source = "adapter" in model ? await openAdapterModel(model) : await openTunedModel(model);
  const { vision, visionOptions, projector, imageScheme } = source;
  const [speaking, imageProcessor] = await Promise.all([
    openSpeaking(source, conversation),
    openTowerFiles(vision).then(loadImageProcessor),
  ]);
  const spec = await VisionTower.spec(vision);
  const tower = {
    imageSize: spec.imageSize,
    patches: selectedVectors(spec, visionSelection(visionOptions).selectFeature),
  };
  checkViewSettings({ processor: imageProcessor, scheme: imageScheme, tower }, vision);
  const lineBreak = await readLineBreak(source);
  const { llm, parts } = speaking;
  const loaded = await loadModel({ llm, vision, adapter: projector, visionOptions, ...options });
  const { llm: languageModel, vision: seer, adapter } = loaded;
  const chat = new ChatModel({
    ...{ ...parts, llm: languageModel!, vision: seer!, adapter: adapter! },
    ...{ imageProcessor, imageScheme, lineBreak },
  });
  return opened(chat, { source, speaking, loaded, device: options.device });
}

/** A model that is given features, how to speak to it, and where it runs. */
export interface OpenFeatureChatOptions extends Omit<OpenChatModelOptions, "model"> {
  readonly model: FeatureModel;
}

/**
 * Loads an adapter and its LLM, to answer questions about features that were made elsewhere.
 *
 * @throws what `openChatModel` throws, and InputError for features that the adapter does not take, or more vectors than the context holds
 */
export async function openFeatureChat({
  model,
  conversation,
  ...options
}: OpenFeatureChatOptions): Promise<OpenChatModel<FeatureChatModel<Prefix>> & { readonly features: FeatureFile }> {
  options.onProgress?.({ stage: "reading headers and settings", done: 0, total: 0 });
  const { features, ...source } = await openFeatureModel(model);
  const speaking = await openSpeaking(source, conversation);
  const { llm, parts } = speaking;
  const loaded = await loadModel({ llm, adapter: source.projector, ...options });
  try {
    requireRoom(features, loaded.llm!.info.contextLength);
  } catch (error) {
    await loaded.dispose();
    throw error;
  }
  const chat = new FeatureChatModel<Prefix>({ ...parts, llm: loaded.llm!, adapter: loaded.adapter! });
  return { ...opened(chat, { source, speaking, loaded, device: options.device }), features };
}

/** The LLM by its headers, and how it is spoken to. */
async function openSpeaking(source: FeatureModelSource, conversation: string | undefined) {
  const llm = await openLlm(source.llm);
  const [encoder, promptFormat, ownHead] = await Promise.all([
    loadEncoder(source.tokenizer),
    loadPromptFormat({ folder: source.tokenizer, conversation, ...source.prompt }),
    describeOwnHead(llm),
  ]);
  const marking = imageMarking(source.imageStartEnd, encoder.vocabulary, source.name);
  return { llm, ownHead, parts: { encoder, promptFormat, imageMarking: marking, imageToken: source.imageToken } };
}

interface Opened {
  readonly source: FeatureModelSource;
  readonly speaking: Awaited<ReturnType<typeof openSpeaking>>;
  readonly loaded: Model;
  readonly device: string | undefined;
}

function opened<Chat>(chat: Chat, { source, speaking, loaded, device = "cpu" }: Opened): OpenChatModel<Chat> {
  const { info } = loaded.llm!;
  const identity = { ...source.identity, device, dtype: info.precision };
  const warnings = [...(source.warnings ?? []), speaking.ownHead, ...info.generation.notFollowed].filter(
    (line) => line !== undefined,
  );
  return { chat, name: source.name, identity, info, warnings, dispose: () => loaded.dispose() };
}

/** Refuses an item that no question fits behind, before the first is asked. */
function requireRoom({ path, entries }: FeatureFile, contextLength: number): void {
  for (const [name, { vectors }] of entries) {
    if (vectors < contextLength) continue;
    throw new InputError(
      `${path}: entry ${JSON.stringify(name)} has ${vectors} vectors, the context holds ${contextLength} with question and answer; ask for a longer one (--context), or pool the features`,
    );
  }
}

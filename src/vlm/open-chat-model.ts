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
import { loadModel, type ExecutionOptions } from "../runtime/parts/load-model.js";
import { VisionTower } from "../runtime/parts/vision-tower.js";
import { loadEncoder } from "../tokenizer/encoder.js";
import { ChatModel } from "./chat-model.js";
import { readLineBreak } from "./line-break.js";
import { openTunedModel, type TunedModel } from "./llava-source.js";
import { openAdapterModel, type AdapterModel } from "./model-source.js";

/** A model by its folders, how to speak to it, and where it runs. */
export interface OpenChatModelOptions extends ExecutionOptions {
  readonly model: AdapterModel | TunedModel;
  /** Name of a LLaVA conversation; else the folder's own, or the tokenizer's chat template. */
  readonly conversation?: string | undefined;
}

/** A loaded model, until it is disposed of. */
export interface OpenChatModel {
  readonly chat: ChatModel<Prefix>;
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
  const { vision, visionOptions, projector, imageScheme, imageToken } = source;
  const llm = await openLlm(source.llm);
  const [encoder, promptFormat, imageProcessor] = await Promise.all([
    loadEncoder(source.tokenizer),
    loadPromptFormat({ folder: source.tokenizer, conversation, ...source.prompt }),
    openTowerFiles(vision).then(loadImageProcessor),
  ]);
  const spec = await VisionTower.spec(vision);
  const tower = {
    imageSize: spec.imageSize,
    patches: selectedVectors(spec, visionSelection(visionOptions).selectFeature),
  };
  checkViewSettings({ processor: imageProcessor, scheme: imageScheme, tower }, vision);
  const lineBreak = await readLineBreak(source);
  const marking = imageMarking(source.imageStartEnd, encoder.vocabulary, source.name);
  const loaded = await loadModel({ llm, vision, adapter: projector, visionOptions, ...options });
  const { llm: languageModel, vision: seer, adapter } = loaded;
  const chat = new ChatModel({
    ...{ llm: languageModel!, vision: seer!, adapter: adapter!, encoder, promptFormat },
    ...{ imageProcessor, imageScheme, lineBreak, imageMarking: marking, imageToken },
  });
  const { info } = languageModel!;
  const identity = { ...source.identity, device: options.device ?? "cpu", dtype: info.precision };
  const warnings = [...(source.warnings ?? []), await describeOwnHead(llm), ...info.generation.notFollowed].filter(
    (line) => line !== undefined,
  );
  return { chat, name: source.name, identity, info, warnings, dispose: () => loaded.dispose() };
}

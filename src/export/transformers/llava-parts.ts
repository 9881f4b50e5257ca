import type { Adapter } from "../../adapter/load.js";
import type { Checkpoint } from "../../checkpoint/checkpoint.js";
import { realPath } from "../../files/look.js";
import { fileOf } from "../../files/model-files.js";
import { parseVerbatimJson } from "../../files/verbatim-json.js";
import { readVision, towerConfig } from "../../model/vision/vision-families.js";
import { visionSelection, type VisionSelection, type VisionSpec } from "../../model/vision/vision-family.js";
import { openTowerCheckpoint, openTowerFiles } from "../../model/gguf/open-mmproj.js";
import { decoderConfig } from "../../model/llm/llm-families.js";
import { openLlmVocabulary, type LlmFolder, type LlmVocabulary } from "../../model/llm/llm-folder.js";
import type { ProjectorWeights } from "../../model/projector/projector-graph.js";
import { parseImageProcessor } from "../../model/vision/image-processors.js";
import { readImageProcessorConfig, requireSameSize } from "../../image/image-processor.js";
import { checkWidths } from "../../runtime/parts/load-model.js";
import { projectorWeights } from "../../runtime/parts/projector-weights.js";
import { loadChatTemplate } from "../../prompt/chat-template.js";
import { imageMarking, type ImageMarking } from "../../prompt/question.js";
import { requireOneView, visionSettings } from "../../runtime/parts/vision-settings.js";
import { vectorScale } from "../../adapter/vector-scale.js";
import { describeChangedRows } from "../../adapter/changed-rows.js";
import { chooseImageToken, type ImageToken } from "./image-token.js";
import { llavaTemplate, type LlavaTemplate } from "./llava-template.js";
import { languageTensors, towerTensors, type RenamedTensor } from "./llava-tensors.js";

/** The parts that become one folder. */
export interface LlavaSources {
  readonly adapter: Adapter;
  readonly llm: string | LlmFolder;
  /** Folder of the vision tower. */
  readonly vision: string;
}

type Config = Readonly<Record<string, unknown>>;

/** What a LlavaForConditionalGeneration is made of, opened and known to fit together; no weight is in memory. */
export interface LlavaParts {
  readonly adapter: Adapter;
  readonly projector: ProjectorWeights;
  /** Which features of the tower the adapter takes, and whether images are padded to a square first. */
  readonly seen: VisionSelection & { readonly pads: boolean };
  readonly llm: LlmVocabulary & {
    /** The LLM's own part of config.json, with the spelling of its numbers. */
    readonly ownConfig: Config;
    readonly tensors: readonly RenamedTensor[];
  };
  readonly tower: {
    /** Of the weights: the adapter's folder, where the tower was tuned with it. */
    readonly checkpoint: Checkpoint;
    readonly config: Config;
    readonly spec: VisionSpec;
    readonly tensors: readonly RenamedTensor[];
    readonly preprocessor: Config;
  };
  readonly imageToken: ImageToken;
  readonly marking: ImageMarking;
  readonly template: LlavaTemplate;
  /** What may be wrong although the model runs, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Opens adapter, LLM and tower, and checks that they make one model.
 *
 * @throws InputError when a part is missing, is not supported, or does not fit another
 */
export async function openLlavaParts({ adapter, llm: source, vision }: LlavaSources): Promise<LlavaParts> {
  const settings = visionSettings(adapter);
  const { visionOptions, imageStartEnd } = settings;
  const { pads } = requireOneView(settings, adapter.path, "this export");
  await checkWidths({ llm: source, vision, adapter: projectorWeights(adapter) });
  const tower = await openTower(vision, adapter);
  const llm = await openLanguagePart(source);
  const { scale, warnings } = vectorScale(adapter, llm);
  const projector = projectorWeights(adapter, scale);
  const { checkpoint, table, tokenizer, tokenizerJson } = llm;
  const marking = imageMarking(imageStartEnd, tokenizer, adapter.path);
  // Tuning changes the rows of an LLM, so a folder that was tuned as a whole has others than its matrix.
  const isOne = (await realPath(adapter.folder)) === (await realPath(checkpoint.folder));
  const changed = isOne ? undefined : await describeChangedRows(adapter, llm);
  return {
    ...{ adapter, projector, llm, tower },
    seen: { ...visionSelection(visionOptions), pads },
    imageToken: chooseImageToken({ vocabulary: tokenizer, json: tokenizerJson, rows: table.vocabSize }),
    marking,
    template: llavaTemplate((await loadChatTemplate(llm.files))?.source, marking),
    warnings: [...warnings, ...(changed === undefined ? [] : [changed])],
  };
}

/** Files of an LLM and of a tower whose content goes into the model's folder, as it is or in parts. */
const PUBLISHED_OF_LLM = [
  ...["config.json", "generation_config.json", "chat_template.jinja", "chat_template.json"],
  ...["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"],
  ...["tokenizer.model", "vocab.json", "merges.txt"],
];
const PUBLISHED_OF_TOWER = ["config.json", "preprocessor_config.json", "processor_config.json"];

async function openLanguagePart(source: string | LlmFolder): Promise<LlavaParts["llm"]> {
  const llm = await openLlmVocabulary(source);
  await llm.files.requireOwn(PUBLISHED_OF_LLM);
  const config = parseVerbatimJson(await llm.files.readText("config.json"), llm.configPath);
  const ownConfig = decoderConfig(config) as Config;
  return { ...llm, ownConfig, tensors: languageTensors(llm) };
}

/**
 * A tower, with what an adapter takes of it. Its weights are those of the adapter's own checkpoint where the two were tuned
 * together.
 *
 * @throws InputError for another family, or for an image processor that is not CLIP's or makes images of another size
 */
export async function openTower(vision: string, adapter: Adapter): Promise<LlavaParts["tower"]> {
  const files = await openTowerFiles(vision);
  await files.requireOwn(PUBLISHED_OF_TOWER);
  const spec = readVision((await files.readJson("config.json")).json, vision);
  const text = await files.readText("config.json");
  const config = towerConfig(parseVerbatimJson(text, fileOf(files, "config.json")) as Config);
  const checkpoint = adapter.hasTunedTower ? adapter.checkpoint : await openTowerCheckpoint(vision);
  const { config: preprocessor, path } = await readImageProcessorConfig(files);
  requireSameSize(parseImageProcessor(preprocessor, path), spec.imageSize, vision);
  const weights = { tensors: checkpoint.tensors, path: checkpoint.path };
  return { checkpoint, config, spec, tensors: towerTensors(weights, spec), preprocessor };
}

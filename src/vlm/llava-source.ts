import { join } from "node:path";
import { hashMatrix } from "../adapter/hash-matrix.js";
import { vectorScale } from "../adapter/vector-scale.js";
import { findImageNewline, loadAdapter, type Adapter } from "../adapter/load.js";
import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.js";
import { hashModel } from "../checkpoint/hash-model.js";
import { folderName, resolveFolder } from "../checkpoint/hub-cache.js";
import { isLora, llavaTrained } from "../checkpoint/lora/open-lora.js";
import { describeFolder } from "../checkpoint/weight-files.js";
import { InputError } from "../errors.js";
import { isRepositoryName } from "../hub/repository.js";
import { sha256OfFile } from "../files/hash.js";
import { readJsonFile } from "../files/json-file.js";
import { exists } from "../files/look.js";
import { modelFiles } from "../files/model-files.js";
import { openLlm, openModelFiles, type LlmFolder } from "../model/llm/llm-folder.js";
import { isTransformersLlava, llavaProjector, readLlava } from "../adapter/transformers-llava.js";
import { projectorWeights } from "../runtime/parts/projector-weights.js";
import { visionSettings } from "../runtime/parts/vision-settings.js";
import type { ModelSource } from "./model-source.js";
import { rebuildMatrix } from "./rebuild-matrix.js";

/** One folder that holds LLM and projector, tuned together. */
export interface TunedModel {
  readonly model: string;
  /** Folder of the vision tower, where the model's config.json does not lead to it. */
  readonly vision?: string | undefined;
  /** File with the vocabulary matrix of an mm_vocab projector; the checkpoint holds only a path to it. */
  readonly matrixFile?: string | undefined;
  /** The LLM before tuning: a LoRA is merged with it, the matrix is rebuilt from its rows, and its tokenizer serves a model without one. */
  readonly baseLlm?: string | undefined;
  /** Folder of the Hugging Face cache, for a tower that is named `org/name`. */
  readonly hubCache: string;
  /** Brings such a tower here in place of looking for it in that folder alone. */
  readonly fetchFolder?: ((name: string) => Promise<string>) | undefined;
}

/**
 * A tuned model: LLaVA's folders (llava_llama, llava_qwen, llava_mistral) or transformers' LlavaForConditionalGeneration.
 *
 * @throws InputError when a part cannot be found or is not supported, saying which option names it
 */
export async function openTunedModel(options: TunedModel): Promise<ModelSource> {
  if (await isLora(options.model)) return openLlavaLora(options);
  const checkpoint = await openCheckpoint(options.model);
  if (isTransformersLlava(checkpoint.tensors.values())) return openTransformersLlava(checkpoint, options);
  return openLlava(checkpoint, options);
}

async function openTransformersLlava(checkpoint: Checkpoint, options: TunedModel): Promise<ModelSource> {
  const { folder } = checkpoint;
  refuse(options.vision !== undefined, "--vision", `${folder}: holds its own vision tower`);
  refuse(options.matrixFile !== undefined || options.baseLlm !== undefined, "--vocab-matrix and --base-llm", ORDINARY);
  const config = await readJsonFile(join(folder, "config.json"));
  const { imageToken, imageScheme, ...visionOptions } = readLlava(config, folder);
  const name = folderName(folder);
  const { transformers_version } = config as { transformers_version?: unknown };
  const { scale, warnings } = vectorScale({ path: folder, config: { transformers_version } }, { name, config });
  return {
    name,
    llm: folder,
    tokenizer: modelFiles(folder),
    prompt: { llava: { name, ...namesOf((config as { text_config?: unknown }).text_config) }, ownTemplate: true },
    vision: folder,
    visionOptions,
    projector: { ...llavaProjector(checkpoint.tensors.values(), folder), scale },
    // Its image processor does everything, the padding included.
    imageScheme,
    imageNewline: findImageNewline(checkpoint.tensors.values()),
    imageToken,
    identity: { model: await hashModel(checkpoint) },
    warnings,
  };
}

/** LLaVA's folder of a LoRA: its base is the LLM alone, and the projector lies beside the LoRA. */
async function openLlavaLora(options: TunedModel): Promise<ModelSource> {
  const { model, baseLlm } = options;
  if (baseLlm === undefined) throw new InputError(`${model}: ${await describeFolder(model)}`);
  if ((await llavaTrained(model)) === undefined) {
    throw new InputError(
      `${model}: is a LoRA of an LLM, without LLaVA's non_lora_trainables.bin, which holds the projector; name it with --llm, beside --adapter`,
    );
  }
  const llm = await openLlm(model, { base: baseLlm });
  return openLlava(llm.checkpoint, options, llm);
}

async function openLlava(checkpoint: Checkpoint, options: TunedModel, merged?: LlmFolder): Promise<ModelSource> {
  const { model, baseLlm } = options;
  refuse(
    merged === undefined && baseLlm !== undefined && options.matrixFile !== undefined,
    "--base-llm",
    `${model}: --vocab-matrix gives the matrix, and there is no LoRA to merge`,
  );
  const adapter = await withMatrix(await loadAdapter(model, { matrixFile: options.matrixFile }), options);
  const { folder, config } = adapter;
  const vision = options.vision ?? (await findTower(adapter, options));
  const { visionOptions, ...seen } = visionSettings(adapter);
  const name = folderName(folder);
  const { scale, warnings } = vectorScale(adapter, { name, config });
  const ownTokenizer = baseLlm === undefined || (await exists(join(folder, "tokenizer.json")));
  return {
    name,
    llm: merged ?? folder,
    tokenizer: ownTokenizer ? modelFiles(folder) : await openModelFiles(baseLlm),
    prompt: {
      llava: {
        name,
        ...namesOf(config),
        ...(config.mm_projector_type !== undefined && { projectorType: config.mm_projector_type }),
      },
    },
    vision,
    visionOptions: { ...visionOptions, ...(adapter.hasTunedTower && { weightsFolder: adapter.checkpoint.path }) },
    projector: projectorWeights(adapter, scale),
    ...seen,
    imageNewline: adapter.imageNewline,
    warnings,
    identity: {
      model: await hashModel(checkpoint),
      ...(await hashMatrix(adapter)),
      vision: adapter.hasTunedTower
        ? await sha256OfFile(join(vision, "config.json"))
        : await hashModel(await openCheckpoint(vision)),
      ...(!ownTokenizer && { tokenizer: await hashModel(await openCheckpoint(baseLlm)) }),
    },
  };
}

const ORDINARY = "an ordinary projector has no vocabulary matrix";

/** M as it was found, or as it is rebuilt from the LLM before tuning. */
async function withMatrix(adapter: Adapter, { baseLlm, matrixFile }: TunedModel): Promise<Adapter> {
  const { projector, path } = adapter;
  if (projector.kind !== "mm_vocab") {
    refuse(matrixFile !== undefined, "--vocab-matrix", `${path}: ${ORDINARY}`);
    return adapter;
  }
  if (baseLlm !== undefined && matrixFile === undefined) {
    return { ...adapter, matrix: await rebuildMatrix(adapter, projector, baseLlm) };
  }
  if (adapter.matrix !== undefined) return adapter;
  const said = adapter.config.mm_vocab_matrix ?? "nothing";
  throw new InputError(
    `${path}: holds no vocabulary matrix, its config.json names ${said}; give the file with --vocab-matrix, or the LLM before tuning with --base-llm to rebuild it from`,
  );
}

/** The folder that `mm_vision_tower` names: beside the model, as a path, or in the Hugging Face cache. */
async function findTower(
  { config, folder, path, hasTunedTower }: Adapter,
  { hubCache, fetchFolder }: TunedModel,
): Promise<string> {
  const tower = config.mm_vision_tower ?? undefined;
  const settings = hasTunedTower ? "; the model holds its weights, but not its config and image processor" : "";
  if (tower === undefined) {
    throw new InputError(`${path}: config.json names no mm_vision_tower${settings}; give its folder with --vision`);
  }
  const beside = join(folder, tower);
  if (await exists(beside)) return beside;
  try {
    const isFetched = fetchFolder !== undefined && isRepositoryName(tower);
    return isFetched ? await fetchFolder(tower) : await resolveFolder(tower, { hubCache });
  } catch (error) {
    throw new InputError(
      `${path}: config.json names the vision tower ${tower}, which is not here (${(error as Error).message})${settings}; give its folder with --vision`,
      { cause: error },
    );
  }
}

function namesOf(config: unknown): { modelType: string; vocabSize?: number } {
  const { model_type: modelType, vocab_size: vocabSize } = (config ?? {}) as Readonly<Record<string, unknown>>;
  return {
    modelType: typeof modelType === "string" ? modelType : "",
    ...(typeof vocabSize === "number" && { vocabSize }),
  };
}

function refuse(given: boolean, option: string, why: string): void {
  if (given) throw new InputError(`${option}: ${why}; leave it out`);
}

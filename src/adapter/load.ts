import { join } from "node:path";
import { z } from "zod";
import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.js";
import { isLora, llavaTrained } from "../checkpoint/lora/open-lora.js";
import { folderName } from "../checkpoint/hub-cache.js";
import { InputError } from "../errors.js";
import { checkJson } from "../files/check-json.js";
import { readJsonFile } from "../files/json-file.js";
import { exists } from "../files/look.js";
import { isGguf } from "../model/gguf/open-gguf.js";
import { openMmproj } from "../model/gguf/open-mmproj.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import { ADAPTER_FORMAT_VERSION, adapterConfigSchema, type AdapterConfig } from "./config.js";
import { settleOrigin } from "./origins.js";
import { readDecoding, type Decoding } from "./decoding.js";
import { findProjector, type ProjectorLayers } from "./projector-layers.js";
import { findVocabularyMatrix, type VocabularyMatrix } from "./vocabulary-matrix.js";
import { readWordChoice, type WordChoice } from "./word-choice.js";

/** An opened adapter of any accepted form; no weight is in memory. */
export interface Adapter {
  /** As the caller named it, for messages. */
  readonly path: string;
  readonly folder: string;
  /** Name of the folder, for provenance and tables. */
  readonly name: string;
  readonly checkpoint: Checkpoint;
  /** Empty when the adapter came without a config.json. */
  readonly config: AdapterConfig;
  readonly projector: ProjectorLayers;
  readonly matrix: VocabularyMatrix | undefined;
  /** How it decodes its vectors for the LLM that it was transferred to, where it does so. */
  readonly decoding: Decoding | undefined;
  /** Where its projector scores words, of which each patch says one. */
  readonly wordChoice: WordChoice | undefined;
  /** The learned line break of LLaVA-NeXT, as wide as the LLM that it was trained with. */
  readonly imageNewline: CheckpointTensor | undefined;
  /** Whether the checkpoint holds a vision tower of its own, which the adapter was tuned with. */
  readonly hasTunedTower: boolean;
}

export interface LoadAdapterOptions {
  /** File that holds M, for adapters that came without it. */
  readonly matrixFile?: string | undefined;
}

/**
 * Opens an adapter: a folder written by this tool, an official mm_projector.bin (or its folder), a LLaVA folder that holds
 * `mm_projector.*` among its shards or beside its LoRA, a whole LLaVA model of transformers, or an mmproj file of llama.cpp.
 *
 * @throws InputError when a part is missing or when sizes of weights, M and config.json contradict each other
 */
export async function loadAdapter(path: string, { matrixFile }: LoadAdapterOptions = {}): Promise<Adapter> {
  const { checkpoint, config } = await openAdapterWeights(path);
  const tensors = [...checkpoint.tensors.values()];
  const projector = findProjector(tensors, path);
  const rows = projector.kind === "mm_vocab" ? projector.rows : undefined;
  const matrix = await findVocabularyMatrix({ adapter: checkpoint, config, rows, file: matrixFile });
  requireConfigFits(projector, config, path);
  requireMatrixFits(projector, matrix, path);
  const parts = { checkpoint, config, projector, matrix };
  return {
    path,
    folder: checkpoint.folder,
    name: folderName(isGguf(path) ? path : checkpoint.folder),
    checkpoint,
    config,
    projector,
    matrix,
    decoding: readDecoding(parts),
    wordChoice: readWordChoice(parts),
    imageNewline: findImageNewline(tensors),
    hasTunedTower: tensors.some(({ name }) => name.includes("vision_tower.")),
  };
}

/** The learned line break among the tensors of a folder. */
export function findImageNewline(tensors: Iterable<CheckpointTensor>): CheckpointTensor | undefined {
  return [...tensors].find(({ name }) => /(^|\.)image_newline$/.test(name));
}

async function openAdapterWeights(path: string): Promise<Pick<Adapter, "checkpoint" | "config">> {
  if (isGguf(path)) {
    const { checkpoint, adapterConfig } = await openMmproj(path);
    return { checkpoint, config: adapterConfigSchema.parse(adapterConfig) };
  }
  const trained = (await isLora(path)) ? await llavaTrained(path) : undefined;
  const checkpoint = await openCheckpoint(trained ?? path);
  return { checkpoint, config: await readConfig(checkpoint.folder) };
}

async function readConfig(folder: string): Promise<AdapterConfig> {
  const path = join(folder, "config.json");
  if (!(await exists(path))) return {};
  const said = checkJson(z.looseObject({}), await readJsonFile(path), path);
  const config = checkJson(adapterConfigSchema, settleOrigin(said, path), path);
  const version = config.langbridge?.format_version ?? ADAPTER_FORMAT_VERSION;
  if (version <= ADAPTER_FORMAT_VERSION) return config;
  throw new InputError(
    `${path}: has format version ${version}, this langbridge reads up to ${ADAPTER_FORMAT_VERSION}; use the version that wrote it (${config.langbridge!.tool_version})`,
  );
}

type SizeKey = "mm_vocab_size" | "mlp_hidden_size" | "mm_hidden_size";

function requireConfigFits(projector: ProjectorLayers, config: AdapterConfig, path: string): void {
  const head = projector.kind === "mm_vocab" ? projector.layers[3].weight : undefined;
  const sizes: readonly [SizeKey, number | undefined, CheckpointTensor | undefined][] = [
    ["mm_vocab_size", head?.shape[0], head],
    [
      "mlp_hidden_size",
      projector.kind === "mm_vocab" ? projector.mlpHiddenSize : undefined,
      projector.layers[0].weight,
    ],
    ["mm_hidden_size", projector.visionHiddenSize, projector.layers[0].weight],
  ];
  for (const [key, actual, tensor] of sizes) {
    const said = config[key];
    if (said === undefined || actual === undefined || tensor === undefined || said === actual) continue;
    throw new InputError(
      `${path}: "${tensor.name}" is (${tensor.shape.join(", ")}), config.json says ${key} ${said}; the config and the weights are of different adapters`,
    );
  }
}

function requireMatrixFits(projector: ProjectorLayers, matrix: VocabularyMatrix | undefined, path: string): void {
  if (matrix === undefined || projector.kind !== "mm_vocab" || matrix.rows === projector.rows) return;
  throw new InputError(
    `${path}: the vocabulary matrix has ${matrix.rows} rows, "${projector.layers[3].weight.name}" gives ${projector.rows} coefficients; they are of different adapters`,
  );
}

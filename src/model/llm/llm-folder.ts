import { openCheckpoint, type Checkpoint } from "../../checkpoint/checkpoint.js";
import { folderName } from "../../checkpoint/hub-cache.js";
import { mergeLora } from "../../checkpoint/lora/merge-lora.js";
import { isLora, openLora } from "../../checkpoint/lora/open-lora.js";
import { describeFolder, findWeightFiles } from "../../checkpoint/weight-files.js";
import { InputError } from "../../errors.js";
import { fileOf, filesOver, modelFiles, type ModelFiles } from "../../files/model-files.js";
import { readTokenizerParts } from "../../vocabulary/read-tokenizer.js";
import type { TokenizerVocabulary } from "../../vocabulary/token.js";
import { isGguf, openGgufLlm } from "../gguf/open-gguf.js";
import { embeddingScale } from "./embedding-scale.js";
import { findEmbeddingTable, type EmbeddingTable } from "./embedding-table.js";
import { settleModelType } from "./fork-types.js";
import { renameOldPhi } from "./old-phi-names.js";
import { tiedByClass } from "./llm-families.js";

/**
 * An LLM, opened from its Hugging Face folder or from its GGUF file: settings and the headers of its weights. No weight is in
 * memory.
 */
export interface LlmFolder {
  /** As the caller named it, for messages. */
  readonly path: string;
  /** The folder's name, as provenance and tables show it. */
  readonly name: string;
  /** Its tensors are under transformers' names. */
  readonly checkpoint: Checkpoint;
  /** config.json, the tokenizer's files and what else stands beside the weights. */
  readonly files: ModelFiles;
  readonly configPath: string;
  /** Parsed, not yet checked; where a fork's name stood in `model_type`, it is that of the family. */
  readonly config: unknown;
  readonly configSha256: string;
  /** The input embeddings. */
  readonly table: EmbeddingTable;
  /** The number by which the LLM multiplies their rows when a token is read; 1 for most. */
  readonly embeddingScale: number;
}

/** An LLM with its tokenizer: which token each id is, and where the row of each id lies. */
export interface LlmVocabulary extends LlmFolder {
  readonly tokenizer: TokenizerVocabulary;
  /** Of tokenizer.json. */
  readonly tokenizerSha256: string;
  /** The parsed tokenizer.json, for those who need what the vocabulary leaves out. */
  readonly tokenizerJson: unknown;
}

export interface LlmOptions {
  /** Folder or file of the LLM that `llm`, a LoRA, changes. */
  readonly base?: string | undefined;
}

/**
 * Opens an LLM of any family; `readDecoder` says whether it can run. One that is open already is returned. A LoRA
 * is opened with its base, as PEFT merges the two.
 *
 * @throws InputError naming what is missing: config.json, the weights, or a tensor that can be the input embeddings
 */
export async function openLlm(llm: string | LlmFolder, { base }: LlmOptions = {}): Promise<LlmFolder> {
  if (typeof llm !== "string") return llm;
  if (base !== undefined) return openLoraLlm(llm, base);
  if (isGguf(llm)) {
    const { checkpoint, files } = await openGgufLlm(llm);
    return describe(checkpoint, files);
  }
  const files = await requireConfig(llm);
  return describe(await openCheckpoint(llm), files);
}

async function openLoraLlm(path: string, base: string): Promise<LlmFolder> {
  if (!(await isLora(path))) {
    throw new InputError(
      `--base-llm: ${path} is no LoRA (it has weights of its own, or no adapter_config.json); leave it out`,
    );
  }
  const opened = await openLlm(base);
  const checkpoint = mergeLora(opened.checkpoint, await openLora(path));
  const files = filesOver(path, opened.files);
  const { config, configSha256 } = await readLlmConfigFile(files);
  return describe(checkpoint, files, { config: grown(config, checkpoint, opened), configSha256 });
}

/** A table that was trained whole may have more rows than the base's config.json says. */
function grown(config: unknown, { tensors }: Checkpoint, { table }: LlmFolder): unknown {
  const rows = tensors.get(table.tensor.name)!.shape[0]!;
  if (rows === table.vocabSize || typeof config !== "object" || config === null) return config;
  const { text_config: inner } = config as { readonly text_config?: object | null };
  return inner == null ? { ...config, vocab_size: rows } : { ...config, text_config: { ...inner, vocab_size: rows } };
}

/** As `openLlm`, for the folder of a checkpoint that is open already. */
export async function llmOfCheckpoint(checkpoint: Checkpoint): Promise<LlmFolder> {
  return describe(checkpoint, await requireConfig(checkpoint.path));
}

/**
 * Opens an LLM and its tokenizer.
 *
 * @throws InputError as `openLlm` and `readTokenizer` do
 */
export async function openLlmVocabulary(path: string | LlmFolder, options: LlmOptions = {}): Promise<LlmVocabulary> {
  const llm = await openLlm(path, options);
  const { vocabulary, json } = await readTokenizerParts(llm.files);
  return { ...llm, tokenizer: vocabulary, tokenizerSha256: vocabulary.files[0]!.sha256, tokenizerJson: json };
}

/** The settings files of a model, without its weights: those of a folder, or what stands for them in a GGUF file. */
export async function openModelFiles(path: string): Promise<ModelFiles> {
  return isGguf(path) ? (await openGgufLlm(path)).files : modelFiles(path);
}

/**
 * The parsed config.json of an LLM, not yet checked. Its weights are opened only where they tell what a fork calls by a name of its own.
 *
 * @throws InputError when there is none
 */
export async function readLlmConfig(llm: string | LlmFolder): Promise<unknown> {
  if (typeof llm !== "string") return llm.config;
  const files = isGguf(llm) ? await openModelFiles(llm) : await requireConfig(llm);
  const { json } = await files.readJson("config.json");
  return settleModelType(json, []) === json ? json : (await openLlm(llm)).config;
}

/** The files of an LLM's folder, or of the folder of its one weight file, once they are known to hold a config.json. */
async function requireConfig(llm: string): Promise<ModelFiles> {
  const own = modelFiles(llm);
  if (await own.has("config.json")) return own;
  const beside = modelFiles((await findWeightFiles(llm)).folder);
  if (await beside.has("config.json")) return beside;
  const instead = (await beside.has("adapter_config.json")) ? await describeFolder(beside.path) : undefined;
  if (instead !== undefined) throw new InputError(`${llm}: ${instead}`);
  throw new InputError(`${llm}: holds no config.json; expected the Hugging Face folder of an LLM, or a GGUF file`);
}

async function readLlmConfigFile(files: ModelFiles): Promise<Pick<LlmFolder, "config" | "configSha256">> {
  const { json: config, sha256: configSha256 } = await files.readJson("config.json");
  return { config, configSha256 };
}

async function describe(
  checkpoint: Checkpoint,
  files: ModelFiles,
  read?: Pick<LlmFolder, "config" | "configSha256">,
): Promise<LlmFolder> {
  const { path, folder } = checkpoint;
  const tensors = renameOldPhi(checkpoint.tensors);
  const { config: said, configSha256 } = read ?? (await readLlmConfigFile(files));
  const config = settleModelType(said, tensors.keys());
  return {
    path,
    name: folderName(isGguf(path) ? path : folder),
    checkpoint: { ...checkpoint, tensors },
    files,
    configPath: fileOf(files, "config.json"),
    config,
    configSha256,
    table: findEmbeddingTable(tensors.values(), config, path, { tiedByClass: tiedByClass(config) }),
    embeddingScale: embeddingScale(config),
  };
}

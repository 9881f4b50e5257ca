import { join } from "node:path";
import { openCheckpoint, type Checkpoint } from "../../checkpoint/checkpoint.js";
import { folderName } from "../../checkpoint/hub-cache.js";
import { findWeightFiles } from "../../checkpoint/weight-files.js";
import { InputError } from "../../errors.js";
import { sha256 } from "../../files/hash.js";
import { exists, parseJson, readTextFile } from "../../files/json-file.js";
import { readTokenizerWithJson } from "../../vocabulary/read-tokenizer.js";
import type { TokenizerVocabulary } from "../../vocabulary/token.js";
import { findEmbeddingTable, type EmbeddingTable } from "./embedding-table.js";

/** An LLM by its Hugging Face folder: config.json and the headers of its weights; no weight is in memory. */
export interface LlmFolder {
  /** As the caller named it, for messages. */
  readonly path: string;
  /** The folder's name, as provenance and tables show it. */
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly configPath: string;
  /** Parsed, not yet checked. */
  readonly config: unknown;
  readonly configSha256: string;
  /** The input embeddings. */
  readonly table: EmbeddingTable;
}

/** An LLM with its tokenizer: which token each id is, and where the row of each id lies. */
export interface LlmVocabulary extends LlmFolder {
  readonly tokenizer: TokenizerVocabulary;
  /** Of tokenizer.json. */
  readonly tokenizerSha256: string;
  /** The parsed tokenizer.json, for those who need what the vocabulary leaves out. */
  readonly tokenizerJson: unknown;
}

/**
 * Opens an LLM of any family; whether it can be run is for `readDecoder` to say.
 *
 * @throws InputError naming what is missing: config.json, the weights, or a tensor that can be the input embeddings
 */
export async function openLlm(path: string): Promise<LlmFolder> {
  const config = await readLlmConfig(path);
  return describe(await openCheckpoint(path), config);
}

/** As `openLlm`, of a checkpoint that is open already. */
export async function llmOfCheckpoint(checkpoint: Checkpoint): Promise<LlmFolder> {
  return describe(checkpoint, await readLlmConfig(checkpoint.path));
}

/**
 * Opens an LLM and its tokenizer.
 *
 * @throws InputError as `openLlm` and `readTokenizer` do
 */
export async function openLlmVocabulary(path: string): Promise<LlmVocabulary> {
  const llm = await openLlm(path);
  const { vocabulary, json } = await readTokenizerWithJson(llm.checkpoint.folder);
  return { ...llm, tokenizer: vocabulary, tokenizerSha256: vocabulary.files[0]!.sha256, tokenizerJson: json };
}

/** The config.json of an LLM's folder. */
export interface LlmConfig {
  readonly path: string;
  readonly text: string;
  /** Parsed, not yet checked. */
  readonly config: unknown;
}

/** Reads the config.json of an LLM's folder, or of the folder of its one weight file. Throws InputError when there is none. */
export async function readLlmConfig(llm: string): Promise<LlmConfig> {
  const beside = join(llm, "config.json");
  const path = (await exists(beside)) ? beside : join((await findWeightFiles(llm)).folder, "config.json");
  if (!(await exists(path))) {
    throw new InputError(`${llm}: holds no config.json; expected the Hugging Face folder of an LLM`);
  }
  const text = await readTextFile(path);
  return { path, text, config: parseJson(text, path) };
}

function describe(checkpoint: Checkpoint, { path: configPath, text, config }: LlmConfig): LlmFolder {
  const { path, folder, tensors } = checkpoint;
  return {
    path,
    name: folderName(folder),
    checkpoint,
    configPath,
    config,
    configSha256: sha256(text),
    table: findEmbeddingTable(tensors.values(), config, path),
  };
}

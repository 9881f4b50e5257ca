import { join } from "node:path";
import { openCheckpoint, type Checkpoint } from "../../checkpoint/checkpoint.js";
import { folderName } from "../../checkpoint/hub-cache.js";
import { InputError } from "../../errors.js";
import { sha256 } from "../../files/hash.js";
import { exists, parseJson, readTextFile } from "../../files/json-file.js";
import { findEmbeddingTable, type EmbeddingTable } from "./embedding-table.js";
import { readTokenizer } from "../../vocabulary/read-tokenizer.js";
import type { TokenizerVocabulary } from "../../vocabulary/token.js";

/** An LLM folder as a transfer sees it: which token each id is, and where the row of each id lies. */
export interface LlmVocabulary {
  readonly path: string;
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly configSha256: string;
  /** Of tokenizer.json. */
  readonly tokenizerSha256: string;
  readonly table: EmbeddingTable;
  readonly tokenizer: TokenizerVocabulary;
}

/** Opens an LLM folder: config.json, the headers of its weights, and its tokenizer. Throws InputError naming what lacks. */
export async function openLlmVocabulary(path: string): Promise<LlmVocabulary> {
  const configPath = join(path, "config.json");
  if (!(await exists(configPath))) {
    throw new InputError(`${path}: holds no config.json; expected the Hugging Face folder of an LLM`);
  }
  const configText = await readTextFile(configPath);
  const tokenizer = await readTokenizer(path);
  const checkpoint = await openCheckpoint(path);
  const table = findEmbeddingTable(checkpoint.tensors.values(), parseJson(configText, configPath), path);
  return {
    path,
    name: folderName(checkpoint.folder),
    checkpoint,
    configSha256: sha256(configText),
    tokenizerSha256: tokenizer.files[0]!.sha256,
    table,
    tokenizer,
  };
}

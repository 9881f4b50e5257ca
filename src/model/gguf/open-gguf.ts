import { openCheckpoint, type Checkpoint } from "../../checkpoint/checkpoint.js";
import { sha256 } from "../../files/hash.js";
import { isFolderAtOnce } from "../../files/look.js";
import { madeFiles, type MadeFile, type ModelFiles } from "../../files/model-files.js";
import { readTensor } from "../../files/read-tensor.js";
import { InputError } from "../../errors.js";
import { requireArchitecture } from "./architectures.js";
import { configFile } from "./config-file.js";
import type { GgufKeys } from "./keys.js";
import { generationConfig, tokenizerConfig, tokenizerFile } from "./tokenizer-file.js";
import { ROPE_FACTORS, transformersTensors } from "./transformers-tensors.js";

/** An LLM of a GGUF file, as a Hugging Face folder would hold it. */
export interface GgufLlm {
  /** Its tensors are under transformers' names, in transformers' order and scale. */
  readonly checkpoint: Checkpoint;
  /** config.json, generation_config.json, tokenizer.json and tokenizer_config.json. */
  readonly files: ModelFiles;
}

/** Whether a path names a GGUF file, and not a folder whose name ends so. */
export const isGguf = (path: string): boolean => path.endsWith(".gguf") && !isFolderAtOnce(path);

/**
 * Opens an LLM of a GGUF file by its header; no matrix is read.
 * @throws InputError for a file that is damaged, or that holds an LLM of another kind
 */
export async function openGgufLlm(path: string): Promise<GgufLlm> {
  const checkpoint = await openCheckpoint(path);
  const keys = keysOf(checkpoint);
  const architecture = requireArchitecture(keys);
  const { tensors } = checkpoint;
  const config = configFile({ keys, architecture, tensors, ropeFactors: await readRopeFactors(checkpoint) });
  const heads = { heads: config.num_attention_heads, kvHeads: config.num_key_value_heads };
  return {
    checkpoint: { ...checkpoint, tensors: await transformersTensors(tensors.values(), architecture, heads) },
    files: ggufFiles(keys, config),
  };
}

/** The keys stand in the first file of a split model. */
export function keysOf({ path, files }: Checkpoint): GgufKeys {
  const [first] = files.values();
  if (first?.gguf !== undefined) return { path, metadata: first.gguf.metadata };
  throw new InputError(`${path}: is no GGUF file`);
}

async function readRopeFactors({ tensors }: Checkpoint): Promise<Float32Array | undefined> {
  const tensor = tensors.get(ROPE_FACTORS);
  if (tensor === undefined) return undefined;
  if (tensor.dtype === "F32" && tensor.shape.length === 1) return new Float32Array((await readTensor(tensor)).buffer);
  throw new InputError(`${tensor.file}: ${JSON.stringify(tensor.name)} is no vector of F32; the file is damaged`);
}

function ggufFiles(keys: GgufKeys, config: object): ModelFiles {
  const tokenizerHash = (): string => hashKeys(keys, (key) => key.startsWith("tokenizer.ggml."));
  const settingsHash = (): string => hashKeys(keys, (key) => key.startsWith("tokenizer.") && !isVocabulary(key));
  const files: readonly (readonly [string, MadeFile])[] = [
    ["config.json", { json: () => config, sha256: () => sha256(JSON.stringify(config)) }],
    ["tokenizer.json", { json: () => tokenizerFile(keys), sha256: tokenizerHash }],
    ["tokenizer_config.json", { json: () => tokenizerConfig(keys), sha256: settingsHash }],
    ["generation_config.json", { json: () => generationConfig(keys), sha256: settingsHash }],
  ];
  return madeFiles(keys.path, new Map(files));
}

const isVocabulary = (key: string): boolean => /^tokenizer\.ggml\.(tokens|merges|scores|token_type)$/.test(key);

function hashKeys({ metadata }: GgufKeys, isHashed: (key: string) => boolean): string {
  const lines = [...metadata]
    .filter(([key]) => isHashed(key))
    .map(([key, value]) => {
      const plain = typeof value === "function" ? value() : typeof value === "object" ? Array.from(value) : value;
      return JSON.stringify([key, plain]);
    });
  return sha256(lines.join("\n"));
}

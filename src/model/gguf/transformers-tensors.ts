import { InputError } from "../../errors.js";
import { readTensor } from "../../files/read-tensor.js";
import { decodeFloats, encodeFloats } from "../../tensor/half.js";
import { isFloatDtype } from "../../tensor/dtype.js";
import { isDecoded, isMaterialised, isMerged, type CheckpointTensor } from "../../tensor/tensor-info.js";
import type { Architecture } from "./architectures.js";

/** Names outside of the layers. */
const WHOLE: Readonly<Record<string, string>> = {
  "token_embd.weight": "model.embed_tokens.weight",
  "output_norm.weight": "model.norm.weight",
  "output.weight": "lm_head.weight",
};

/** Says how rotary frequencies are divided; the config has it. */
export const ROPE_FACTORS = "rope_freqs.weight";

export interface Heads {
  readonly heads: number;
  readonly kvHeads: number;
}

/**
 * The tensors of a GGUF file as transformers has them: its names, its order of the rows of queries and keys, its norms.
 * Matrices stay where they lie; vectors that differ are read, some thousand numbers each.
 *
 * @throws InputError for a tensor that no layer of the architecture has
 */
export async function transformersTensors(
  tensors: Iterable<CheckpointTensor>,
  architecture: Architecture,
  { heads, kvHeads }: Heads,
): Promise<ReadonlyMap<string, CheckpointTensor>> {
  const renamed = new Map<string, CheckpointTensor>();
  for (const tensor of tensors) {
    if (tensor.name === ROPE_FACTORS) continue;
    const name = transformersName(tensor, architecture);
    const paired = architecture.pairsHeads ? pairedHeads(name, { heads, kvHeads }) : undefined;
    const ordered = paired === undefined ? tensor : await unpair(tensor, paired);
    const isNorm = architecture.addsOneToNorms && /norm\.weight$/.test(name);
    renamed.set(name, { ...(isNorm ? await mapNumbers(ordered, (x) => x - 1) : ordered), name });
  }
  return renamed;
}

function transformersName({ name, file }: CheckpointTensor, { name: architecture, layer }: Architecture): string {
  const whole = Object.hasOwn(WHOLE, name) ? WHOLE[name] : undefined;
  if (whole !== undefined) return whole;
  const { number, part, kind } = /^blk\.(?<number>\d+)\.(?<part>\w+)\.(?<kind>weight|bias)$/.exec(name)?.groups ?? {};
  const own = part !== undefined && Object.hasOwn(layer, part) ? layer[part] : undefined;
  if (own !== undefined) return `model.layers.${number}.${own}.${kind}`;
  throw new InputError(`${file}: has a tensor ${JSON.stringify(name)}, which no layer of "${architecture}" has here`);
}

/**
 * What llama.cpp calls an LLM's tensor, `name` being transformers' behind the prefix that a folder puts before all: `layers.0.mlp.up_proj.weight`.
 * Undefined for one that the architecture has no place for.
 */
export function nameInGguf(name: string, { layer }: Architecture): string | undefined {
  const whole = Object.keys(WHOLE).find((key) => WHOLE[key] === name || WHOLE[key] === `model.${name}`);
  if (whole !== undefined) return whole;
  const { number, own, kind } = /^layers\.(?<number>\d+)\.(?<own>.+)\.(?<kind>weight|bias)$/.exec(name)?.groups ?? {};
  const part = Object.keys(layer).find((key) => layer[key] === own);
  return part === undefined ? undefined : `blk.${number}.${part}.${kind}`;
}

/**
 * Attention heads whose rows lie in pairs in a file of an architecture that rotates neighbours: those of queries and of keys, by
 * transformers' name of the tensor; undefined for all others.
 */
export function pairedHeads(name: string, { heads, kvHeads }: Heads): number | undefined {
  if (/\.self_attn\.q_proj\./.test(name)) return heads;
  return /\.self_attn\.k_proj\./.test(name) ? kvHeads : undefined;
}

/** A matrix is left in its file, to be read in order; a bias is read. */
async function unpair(tensor: CheckpointTensor, heads: number): Promise<CheckpointTensor> {
  const [rows] = tensor.shape;
  if (rows === undefined || rows % (2 * heads) !== 0) {
    throw new InputError(
      `${tensor.file}: ${JSON.stringify(tensor.name)} is (${tensor.shape.join(", ")}), expected rows of ${heads} heads, each an even number`,
    );
  }
  if (isMaterialised(tensor) || isMerged(tensor)) throw new RangeError(`"${tensor.name}" lies in no GGUF file`);
  const { byteLength } = tensor;
  const stored = isDecoded(tensor) ? tensor.stored : { byteOffset: tensor.byteOffset, byteLength };
  const { name, dtype, shape, file } = tensor;
  const ordered = { name, dtype, shape, file, byteLength, stored: { ...stored, pairedHeads: heads } };
  return shape.length === 1 ? { name, dtype, shape, file, byteLength, bytes: await readTensor(ordered) } : ordered;
}

/** A small tensor of floats with every number changed, in memory. */
async function mapNumbers(tensor: CheckpointTensor, change: (x: number) => number): Promise<CheckpointTensor> {
  const { name, dtype, shape, file, byteLength } = tensor;
  if (!isFloatDtype(dtype) || shape.length !== 1) {
    throw new InputError(
      `${file}: ${JSON.stringify(name)} is ${dtype} (${shape.join(", ")}), expected a vector of floats`,
    );
  }
  const numbers = decodeFloats(await readTensor(tensor), dtype).map(change);
  return { name, dtype, shape, file, byteLength, bytes: encodeFloats(numbers, dtype) };
}

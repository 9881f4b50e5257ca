import { InputError } from "../../errors.js";
import type { EmbeddingTable } from "./embedding-table.js";
import type { Weights } from "../../checkpoint/weights.js";

/** What a family calls the tensors of a decoder. */
export interface DecoderTensors {
  /** The input embeddings, behind the prefix that the folder puts before all of them. */
  readonly embeddings: string;
  /** What stands before the number of a layer, behind the prefix. */
  readonly layers: string;
  /** The norm behind the last layer, behind the prefix. */
  readonly norm: string;
  readonly layer: LayerTensors;
}

/** What a family calls the modules of a layer, behind its number; each has a `weight`, some a `bias`. What it has none of is left out. */
export interface LayerTensors {
  readonly attentionNorm?: string;
  readonly query?: string;
  readonly key?: string;
  readonly value?: string;
  /** Query, key and value in one matrix, in place of the three. */
  readonly queryKeyValue?: string;
  /** Norm of queries and of keys before they are rotated. */
  readonly queryNorm?: string;
  readonly keyNorm?: string;
  readonly output: string;
  /** Norm of what attention gives, before it is added. */
  readonly attentionOutputNorm?: string;
  readonly feedForwardNorm?: string;
  /** Left out where a feed-forward part has no gate: down(act(up(x))). */
  readonly gate?: string;
  readonly up?: string;
  /** Gate and up in one matrix, in place of the two. */
  readonly gateUp?: string;
  readonly down: string;
  /** Norm of what the feed-forward layer gives, before it is added. */
  readonly feedForwardOutputNorm?: string;
}

/** The modules of a layer that are matrices. */
export const LINEAR_MODULES: readonly (keyof LayerTensors)[] = [
  ...(["query", "key", "value", "queryKeyValue", "output"] as const),
  ...(["gate", "up", "gateUp", "down"] as const),
];

/** Llama's names, which most families took over. Source: transformers, modeling_llama.py. */
export const LLAMA_TENSORS: DecoderTensors = {
  embeddings: "embed_tokens.weight",
  layers: "layers.",
  norm: "norm",
  layer: {
    attentionNorm: "input_layernorm",
    query: "self_attn.q_proj",
    key: "self_attn.k_proj",
    value: "self_attn.v_proj",
    output: "self_attn.o_proj",
    feedForwardNorm: "post_attention_layernorm",
    gate: "mlp.gate_proj",
    up: "mlp.up_proj",
    down: "mlp.down_proj",
  },
};

/** Where a decoder's tensors lie in a folder. */
export interface DecoderPlaces {
  /** What stands before every name but the head's, such as `model.`. */
  readonly prefix: string;
  /** What stands before the number of a layer, such as `model.layers.`. */
  readonly layers: string;
  /** The norm behind the last layer, without `.weight`. */
  readonly norm: string;
  /** The matrix of the output head, (vocabSize, hiddenSize): the table itself where the two are tied. */
  readonly head: string;
  /** Its bias, (vocabSize), of families that have one. */
  readonly headBias: string;
}

/**
 * Works out the places from where the input embeddings lie.
 *
 * @throws InputError when their name is not the family's
 */
export function decoderPlaces(family: DecoderTensors, table: EmbeddingTable, weights: Weights): DecoderPlaces {
  const { name } = table.tensor;
  const prefix = prefixOf(name, family, weights);
  const places = { prefix, layers: `${prefix}${family.layers}`, norm: `${prefix}${family.norm}` };
  const ofHead = (head: string) => ({ ...places, head, headBias: head.replace(/weight$/, "bias") });
  if (table.tied) return ofHead(name);
  if (table.head !== undefined) return ofHead(table.head.name);
  throw new InputError(
    `${weights.path}: holds no output head ("lm_head.weight"), and config.json says tie_word_embeddings false; the config and the weights are of different models`,
  );
}

function prefixOf(name: string, family: DecoderTensors, weights: Weights): string {
  if (name.endsWith(family.embeddings)) return name.slice(0, -family.embeddings.length);
  // A tied folder that holds its one matrix as the head.
  const outer = /^(.*)lm_head\.weight$/.exec(name)?.[1];
  const found = ["model.", "model.language_model.", ""].find((inner) =>
    weights.tensors.has(`${outer}${inner}${family.norm}.weight`),
  );
  if (outer !== undefined && found !== undefined) return outer + found;
  throw new InputError(
    `${weights.path}: the input embeddings are called "${name}", those of this model_type "${family.embeddings}"; the config and the weights are of different models`,
  );
}

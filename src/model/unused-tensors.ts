import { InputError } from "../errors.js";
import type { DecoderSpec } from "./llm/decoder-spec.js";
import type { Weights } from "./weights.js";

/** Tensors that some families have and others do not. */
interface Optional<Spec> {
  /** Of the name behind the prefix, without the number of the layer. */
  readonly name: RegExp;
  /** The fields of config.json that decide whether they are used. */
  readonly keys: string;
  readonly used: (spec: Spec) => boolean;
}

/** What else may lie beside a decoder's weights is harmless, such as `rotary_emb.inv_freq`. */
const IN_DECODER: readonly Optional<DecoderSpec>[] = [
  { name: /^self_attn\.[qkv]_proj\.bias$/, keys: "model_type and attention_bias", used: (spec) => spec.queryBias },
  { name: /^self_attn\.o_proj\.bias$/, keys: "model_type and attention_bias", used: (spec) => spec.outputBias },
  { name: /^mlp\.(gate|up|down)_proj\.bias$/, keys: "model_type and mlp_bias", used: (spec) => spec.mlpBias },
  { name: /^self_attn\.[qk]_norm\.(weight|bias)$/, keys: "model_type", used: (spec) => spec.headNorms },
  { name: /^[a-z_]*norm\.bias$/, keys: "model_type", used: () => false },
];

const IN_TOWER: readonly Optional<unknown>[] = [
  { name: /^embeddings\.patch_embedding\.bias$/, keys: "model_type", used: () => false },
  { name: /^self_attn\.[qk]_norm\.(weight|bias)$/, keys: "model_type", used: () => false },
];

/**
 * Refuses decoder weights that no layer uses, for the LLM would run and answer garbage. `prefix` is what stands before
 * `layers.0...`, `head` the name of the output head; other parts of a composite lie under other names.
 */
export function refuseUnusedInDecoder(
  weights: Weights,
  spec: DecoderSpec,
  { prefix, head }: { readonly prefix: string; readonly head: string },
): void {
  refuseLayersBeyond(weights, `${prefix}layers.`, spec.windows.length);
  refuseOptional(weights, IN_DECODER, { spec, parts: [`${prefix}layers.`, prefix] });
  const headBias = head.replace(/\.weight$/, ".bias");
  if (weights.tensors.has(headBias)) refuse(weights, [headBias], askForNone("model_type"));
}

/** The same for a vision tower of so many layers; `prefix` is what stands before `encoder.layers.0...`. */
export function refuseUnusedInTower(weights: Weights, layers: number, prefix: string): void {
  const inLayers = `${prefix}encoder.layers.`;
  refuseLayersBeyond(weights, inLayers, layers);
  refuseOptional(weights, IN_TOWER, { spec: undefined, parts: [inLayers, prefix] });
}

function refuseLayersBeyond(weights: Weights, prefix: string, layers: number): void {
  const numbers = new Map(
    namesAfter(weights, prefix).flatMap(([name, rest]) => {
      const [number] = /^\d+(?=\.)/.exec(rest) ?? [];
      return number === undefined || Number(number) < layers ? [] : [[name, Number(number)] as const];
    }),
  );
  const found = [...numbers.values()].reduce((most, number) => Math.max(most, number + 1), 0);
  refuse(weights, [...numbers.keys()], `config.json says num_hidden_layers ${layers}, the weights have ${found}`);
}

/** `parts`: what stands before the names of the table, with a layer's number behind it or not. */
function refuseOptional<Spec>(
  weights: Weights,
  table: readonly Optional<Spec>[],
  { spec, parts }: { readonly spec: Spec; readonly parts: readonly string[] },
): void {
  const names = parts.flatMap((part) => namesAfter(weights, part));
  for (const { name: pattern, keys, used } of table) {
    if (used(spec)) continue;
    const unused = names.filter(([, rest]) => pattern.test(rest.replace(/^\d+\./, ""))).map(([name]) => name);
    refuse(weights, unused, askForNone(keys));
  }
}

const askForNone = (keys: string): string => `config.json's ${keys} ask${keys.includes(" ") ? "" : "s"} for none`;

/** The names that start with `prefix`, each with what comes after it. */
function namesAfter({ tensors }: Weights, prefix: string): (readonly [name: string, rest: string])[] {
  return [...tensors.keys()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => [name, name.slice(prefix.length)] as const);
}

function refuse({ where }: Weights, [first, ...others]: readonly string[], reason: string): void {
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  throw new InputError(
    `${where}: no layer uses "${first}"${more}, ${reason}; the config and the weights are of different models, take the config.json that came with the weights`,
  );
}

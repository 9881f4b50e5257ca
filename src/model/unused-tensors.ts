import { InputError } from "../errors.js";
import { someOf } from "../layout/some-of.js";
import type { GraphContext } from "./graph-context.js";
import type { Weights } from "../checkpoint/weights.js";

/** The repeated part of a model. */
export interface Layers {
  /** What stands before the number of a layer. */
  readonly prefix: string;
  /** As config.json says. */
  readonly count: number;
}

/** Buffers that PyTorch modules keep beside their weights and that can be worked out anew. */
const BUFFER = /(?:^|\.)(?:rotary_emb\.inv_freq|position_ids)$/;

/**
 * Refuses weights that belong to a model and that its finished graph does not use, for it would run and answer garbage: layers beyond
 * the last, and within the layers and the modules that are used whatever the graph did not take. Other parts of a folder are no
 * concern of this one.
 *
 * @throws InputError naming the first of them
 */
export function refuseUnused({ weights, used }: Pick<GraphContext, "weights" | "used">, layers: Layers): void {
  const names = [...weights.tensors.keys()].filter((name) => !used.has(name) && !BUFFER.test(name));
  refuseLayersBeyond(weights, names, layers);
  const usedInLayers = new Set([...used].flatMap((name) => inLayer(name, layers)?.rest ?? []));
  // A graph that ends before the last layer is enough to know what each of them has.
  const unusedInLayers = names.filter((name) => {
    const place = inLayer(name, layers);
    return place !== undefined && usedInLayers.size > 0 && !usedInLayers.has(place.rest);
  });
  refuse(weights, unusedInLayers, OTHER_SETTINGS);
  const modules = new Set([...used].map(moduleOf).filter((module) => module !== ""));
  refuse(
    weights,
    names.filter((name) => modules.has(moduleOf(name)) && inLayer(name, layers) === undefined),
    OTHER_SETTINGS,
  );
}

const OTHER_SETTINGS = "by the model_type and the settings of config.json";

const moduleOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf(".")));

/** The number of a tensor's layer, and its name behind that. */
function inLayer(name: string, { prefix }: Layers): { readonly layer: number; readonly rest: string } | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const [, number, rest] = /^(\d+)\.(.+)$/.exec(name.slice(prefix.length)) ?? [];
  return rest === undefined ? undefined : { layer: Number(number), rest };
}

function refuseLayersBeyond(weights: Weights, names: readonly string[], layers: Layers): void {
  const numbers = names.map((name) => inLayer(name, layers)?.layer ?? -1);
  const found = numbers.reduce((most, layer) => Math.max(most, layer + 1), 0);
  refuse(
    weights,
    names.filter((_, i) => numbers[i]! >= layers.count),
    `config.json says num_hidden_layers ${layers.count}, the weights have ${found}`,
  );
}

function refuse({ path }: Weights, names: readonly string[], reason: string): void {
  if (names.length === 0) return;
  const quoted = names.map((name) => JSON.stringify(name));
  throw new InputError(
    `${path}: no layer uses ${someOf(quoted, 1)}, ${reason}; the config and the weights are of different models, take the config.json that came with the weights`,
  );
}

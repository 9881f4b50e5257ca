import { z } from "zod";
import { InputError } from "../../errors.js";
import { orElse, size } from "../config-fields.js";

/** `sliding_window`: transformers' classes have one where config.json says nothing of it; null is none. */
export const slidingWindow = size.nullable().default(4096);

export type LayerType = "full_attention" | "sliding_attention";

/** `layer_types`: which layers look back a window. */
export const layerTypes = z.array(z.enum(["full_attention", "sliding_attention"])).nullish();

/** Qwen's fields about sliding windows. */
export const layerWindowFields = {
  use_sliding_window: orElse(z.boolean(), false),
  sliding_window: slidingWindow,
  max_window_layers: orElse(z.int().nonnegative(), 28),
  layer_types: layerTypes,
};

interface LayerTypesConfig {
  readonly num_hidden_layers: number;
  readonly layer_types?: readonly LayerType[] | null | undefined;
}

interface LayerWindowConfig extends LayerTypesConfig {
  readonly use_sliding_window: boolean;
  readonly sliding_window: number | null;
  readonly max_window_layers: number;
}

/** The window of each layer: by `layer_types`, else sliding from layer `max_window_layers` on, and only if it is switched on. */
export function layerWindows(config: LayerWindowConfig, where: string): (number | undefined)[] {
  const { num_hidden_layers: layers, layer_types: types } = config;
  const window = config.use_sliding_window ? (config.sliding_window ?? undefined) : undefined;
  checkLayerTypes(config, where);
  return Array.from({ length: layers }, (_, layer) => {
    const slides = types ? types[layer] === "sliding_attention" : layer >= config.max_window_layers;
    return slides ? window : undefined;
  });
}

/** The type of each layer: by `layer_types`, else every `pattern`-th sees all and the others slide. */
export function alternatingTypes(
  config: LayerTypesConfig & { readonly pattern: number },
  where: string,
): readonly LayerType[] {
  checkLayerTypes(config, where);
  const { num_hidden_layers: length, layer_types: types, pattern } = config;
  return (
    types ?? Array.from({ length }, (_, layer) => ((layer + 1) % pattern ? "sliding_attention" : "full_attention"))
  );
}

function checkLayerTypes({ num_hidden_layers: layers, layer_types: types }: LayerTypesConfig, where: string): void {
  if (!types || types.length === layers) return;
  throw new InputError(
    `${where}/config.json: layer_types names ${types.length} layers, num_hidden_layers says ${layers}`,
  );
}

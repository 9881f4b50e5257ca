import { z } from "zod";
import { InputError } from "../../errors.js";
import { orElse, size } from "../config-fields.js";

/** `sliding_window`: transformers' classes have one where config.json says nothing of it; null is none. */
export const slidingWindow = size.nullable().default(4096);

/** Qwen's fields about sliding windows. */
export const layerWindowFields = {
  use_sliding_window: orElse(z.boolean(), false),
  sliding_window: slidingWindow,
  max_window_layers: orElse(z.int().nonnegative(), 28),
  layer_types: z.array(z.enum(["full_attention", "sliding_attention"])).nullish(),
};

interface LayerWindowConfig {
  readonly num_hidden_layers: number;
  readonly use_sliding_window: boolean;
  readonly sliding_window: number | null;
  readonly max_window_layers: number;
  readonly layer_types?: readonly ("full_attention" | "sliding_attention")[] | null | undefined;
}

/** The window of each layer: by `layer_types`, else sliding from layer `max_window_layers` on, and only if it is switched on. */
export function layerWindows(config: LayerWindowConfig, where: string): (number | undefined)[] {
  const { num_hidden_layers: layers, layer_types: types } = config;
  const window = config.use_sliding_window ? (config.sliding_window ?? undefined) : undefined;
  if (types && types.length !== layers) {
    throw new InputError(
      `${where}/config.json: layer_types names ${types.length} layers, num_hidden_layers says ${layers}`,
    );
  }
  return Array.from({ length: layers }, (_, layer) => {
    const slides = types ? types[layer] === "sliding_attention" : layer >= config.max_window_layers;
    return slides ? window : undefined;
  });
}

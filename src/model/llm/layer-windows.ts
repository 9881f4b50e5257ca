import { z } from "zod";
import { InputError } from "../../errors.js";
import { orElse } from "../config-fields.js";

/** `sliding_window`: transformers' classes have one where config.json says nothing of it; null is none. */
export const slidingWindow = z.int().positive().nullable().default(4096);

export type LayerType = "full_attention" | "sliding_attention";

/** `layer_types`: which layers look back a window. "attention" is an older word for "full_attention". */
export const layerTypes = z
  .array(
    z
      .enum(["full_attention", "sliding_attention", "attention"])
      .transform((type): LayerType => (type === "attention" ? "full_attention" : type)),
  )
  .nullish();

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
  if (types) return windowsOfTypes({ num_hidden_layers: layers, layer_types: types, window }, where);
  return Array.from({ length: layers }, (_, layer) => (layer >= config.max_window_layers ? window : undefined));
}

interface WindowedTypes {
  readonly num_hidden_layers: number;
  readonly layer_types: readonly LayerType[];
  /** The window of the layers that slide; undefined where the config switches it off. */
  readonly window: number | undefined;
}

/**
 * The window of each layer by its type.
 *
 * @throws InputError for sliding layers without one, which transformers cannot run either
 */
export function windowsOfTypes({ window, ...config }: WindowedTypes, where: string): (number | undefined)[] {
  checkLayerTypes(config, where);
  const isSliding = config.layer_types.map((type) => type === "sliding_attention");
  if (window === undefined && isSliding.includes(true)) {
    throw new InputError(
      `${where}/config.json: layer_types has sliding layers, and sliding_window or use_sliding_window says that there is no window; take the config.json that came with the weights`,
    );
  }
  return isSliding.map((slides) => (slides ? window : undefined));
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

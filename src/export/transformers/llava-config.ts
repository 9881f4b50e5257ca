import {
  droppedVectors,
  selectedVectors,
  type VisionSelection,
  type VisionSpec,
} from "../../model/vision/vision-family.js";
import { transformersModelType } from "../../model/llm/llm-families.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import type { ImageToken } from "./image-token.js";

/** How transformers spells dtypes. */
const TORCH_DTYPES: Readonly<Record<FloatDtype, string>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/**
 * The release whose layout the folder has, the first that knows LLaVA's image processor and a template's own file. Without it release
 * 5 takes any large tokenizer for one of Mistral's faulty ones.
 */
const TRANSFORMERS_VERSION = "4.50.0";

/** The first release that leaves the vectors of pictures as they are where it multiplies those of tokens (Gemma). */
export const LEAVES_PICTURES_VERSION = "5.4.0";

/** Keys of a LLaVA folder's config.json that are about its vision side, which is now a part of its own. */
const LLAVA_KEY = /^(?:mm_|image_|mlp_hidden_size$|tune_mm_|freeze_mm_|unfreeze_mm_|use_mm_|langbridge$)/;

export interface TextConfigOptions {
  /** Rows of the embedding table as it is written. */
  readonly rows: number;
  readonly tied: boolean;
  /** The dtype in which all weights are written; undefined keeps them as they lie. */
  readonly dtype: FloatDtype | undefined;
}

/** The LLM's own config.json as `text_config`: as it is but for what the export changes, and what a LLaVA folder adds to it. */
function textConfig(config: Readonly<Record<string, unknown>>, options: TextConfigOptions): object {
  const own = Object.entries(config).filter(([key]) => !LLAVA_KEY.test(key));
  return {
    ...withDtype(Object.fromEntries(own), options.dtype),
    model_type: transformersModelType(config["model_type"]),
    vocab_size: options.rows,
    tie_word_embeddings: options.tied,
  };
}

/** transformers loads every part in one dtype, and a part that names another would contradict it. */
function withDtype(config: Readonly<Record<string, unknown>>, dtype: FloatDtype | undefined): object {
  if (dtype === undefined) return config;
  const named = ["torch_dtype", "dtype"].filter((key) => key in config).map((key) => [key, TORCH_DTYPES[dtype]]);
  return { ...config, ...(Object.fromEntries(named) as object) };
}

export interface LlavaConfigOptions extends TextConfigOptions, VisionSelection {
  /** The LLM's and the tower's own configs. */
  readonly text: Readonly<Record<string, unknown>>;
  readonly tower: Readonly<Record<string, unknown>>;
  readonly spec: VisionSpec;
  readonly imageToken: ImageToken;
  /** Dtype of the LLM's weights. */
  readonly loadedAs: FloatDtype;
  /** The LLM multiplies the input embeddings of tokens; the projector that is written has that in it. */
  readonly multipliesTokens: boolean;
  readonly provenance: object;
}

/** config.json of a LlavaForConditionalGeneration. Source: transformers, configuration_llava.py. */
export function llavaConfig(options: LlavaConfigOptions): object {
  const { spec, selectLayer, selectFeature, imageToken, loadedAs, tied, provenance } = options;
  return {
    architectures: ["LlavaForConditionalGeneration"],
    model_type: "llava",
    image_token_index: imageToken.id,
    image_seq_length: selectedVectors(spec, selectFeature),
    projector_hidden_act: "gelu",
    multimodal_projector_bias: true,
    vision_feature_layer: selectLayer,
    vision_feature_select_strategy: strategyOf(spec, selectFeature),
    tie_word_embeddings: tied,
    torch_dtype: TORCH_DTYPES[loadedAs],
    transformers_version: options.multipliesTokens ? LEAVES_PICTURES_VERSION : TRANSFORMERS_VERSION,
    text_config: textConfig(options.text, options),
    vision_config: withDtype({ ...options.tower, ...spec.family.leftOut }, options.dtype),
    langbridge: provenance,
  };
}

/** "default" drops the first vector, whatever it is; "full" takes all. */
const strategyOf = (spec: VisionSpec, selectFeature: VisionSelection["selectFeature"]): "default" | "full" =>
  droppedVectors(spec, selectFeature) === 1 ? "default" : "full";

/** processor_config.json: how many times the image token stands for one image. Source: transformers, processing_llava.py. */
export function processorConfig({
  spec,
  selectFeature,
  imageToken,
}: Pick<LlavaConfigOptions, "spec" | "selectFeature" | "imageToken">): object {
  return {
    processor_class: "LlavaProcessor",
    image_token: imageToken.token,
    patch_size: spec.patchSize,
    // A class token, which the strategy "default" takes off again.
    num_additional_image_tokens: spec.family.classTokens,
    vision_feature_select_strategy: strategyOf(spec, selectFeature),
  };
}

/**
 * preprocessor_config.json: the tower's own, which LLaVA's image processor extends by padding to a square of the mean colour.
 * Source: transformers, image_processing_llava.py.
 */
export function preprocessorConfig(
  own: Readonly<Record<string, unknown>>,
  { pads, spec }: { readonly pads: boolean; readonly spec: VisionSpec },
): object {
  const rest = Object.fromEntries(Object.entries(own).filter(([key]) => key !== "feature_extractor_type"));
  const kind = pads ? { image_processor_type: "LlavaImageProcessor", do_pad: true } : {};
  return {
    image_processor_type: spec.family.imageProcessors[0]!.names[0],
    ...rest,
    ...kind,
    processor_class: "LlavaProcessor",
  };
}

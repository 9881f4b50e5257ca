import { z } from "zod";

/** Value of `model_type` in the config.json of a folder written by this tool. */
export const ADAPTER_MODEL_TYPE = "langbridge";

/** Version of the adapter folder's layout; raised when an older reader would misunderstand a newer folder. */
export const ADAPTER_FORMAT_VERSION = 2;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256 in hex");

const targetProvenance = z.looseObject({
  name: z.string(),
  config_sha256: sha256,
  tokenizer_sha256: sha256,
  /** Hash of the rows in the order of vocabulary.json's ids, not of the whole table. */
  rows_sha256: sha256,
  embedding_tensor: z.string(),
  /** What that LLM multiplies its rows by when a token is read; absent from folders written before this was recorded. */
  embedding_scale: z.number().positive().optional(),
});

/** What the tool records of the transfer that wrote a folder; keys are those of the file. */
const provenanceSchema = z.looseObject({
  format_version: z.int().positive(),
  tool_version: z.string(),
  source_adapter_sha256: sha256,
  target: targetProvenance,
  /** Absent where the whole table was mapped, so that no row was missing. */
  missing: z.string().optional(),
  /** What the adapter's vectors are multiplied by before the LLM's first layer. When absent, the target's `embedding_scale`. */
  vector_scale: z.number().positive().optional(),
  align: z.string(),
  /** Absent for a method without settings. */
  align_settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  /** Hash of the source rows that patches are decoded with. */
  decode_rows_sha256: sha256.optional(),
});

export type TransferProvenance = z.infer<typeof provenanceSchema>;

/**
 * The keys of an adapter's or LLaVA folder's config.json that this tool reads, spelled as the official code spells them;
 * others are kept as they are. Source: CurryX-001/LangBridge, `mm_utils` and the training arguments.
 */
export const adapterConfigSchema = z.looseObject({
  model_type: z.string().optional(),
  mm_projector_type: z.string().optional(),
  mm_hidden_size: z.int().positive().optional(),
  mlp_hidden_size: z.int().positive().optional(),
  mm_vocab_size: z.int().positive().optional(),
  mm_vocab_matrix: z.string().nullish(),
  mm_vision_tower: z.string().nullish(),
  mm_vision_select_layer: z.int().optional(),
  mm_vision_select_feature: z.string().optional(),
  mm_tunable_parts: z.string().nullish(),
  unfreeze_mm_vision_tower: z.boolean().nullish(),
  image_aspect_ratio: z.string().nullish(),
  langbridge: provenanceSchema.optional(),
});

export type AdapterConfig = z.infer<typeof adapterConfigSchema>;

/** Keys of the source's config.json about vision, which stay true for any LLM. */
export const VISION_KEYS = [
  "mm_vision_tower",
  "mm_vision_select_layer",
  "mm_vision_select_feature",
  "image_aspect_ratio",
  "image_grid_pinpoints",
  "mm_patch_merge_type",
  "s2",
  "use_s2",
  "mm_use_im_start_end",
  "mm_use_im_patch_token",
] as const;

import type { DecoderSpec } from "./decoder-spec.js";

/** One architecture of LLMs that can run: a file, and a row in `LLM_FAMILIES`. */
export interface LlmFamily {
  /** `model_type` of config.json: transformers' own first, then LLaVA's, which puts `llava_` before it. */
  readonly modelTypes: readonly string[];
  /** What transformers' config class takes for a field that a composite's `text_config` leaves out. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /**
   * Reads a config.json of this family; `where` names the folder.
   *
   * @throws InputError naming a setting that is not supported
   */
  readonly read: (config: unknown, where: string) => DecoderSpec;
}

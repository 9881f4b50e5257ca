import { z } from "zod";
import { checkJson } from "../../files/check-json.js";
import { fileOf } from "../../files/model-files.js";
import { showValue } from "../../show-value.js";
import { decoderConfig } from "./llm-families.js";
import type { LlmFolder } from "./llm-folder.js";

/** How a folder wants greedy answers to be chosen and ended. */
export interface GenerationSettings {
  /** Tokens that end an answer. */
  readonly eosTokens: readonly number[];
  /**
   * Repetition penalty: the logits of tokens that occurred are divided by it, and multiplied by it where they are negative. 1
   * changes nothing.
   */
  readonly repetitionPenalty: number;
  /** No run of so many tokens may occur twice; 0 allows any. */
  readonly noRepeatNgramSize: number;
  /** The length of prompt and answer, in tokens, before which no answer ends. */
  readonly minLength: number;
  /** The same for the answer alone; where it is given, `minLength` does not count. */
  readonly minNewTokens: number;
  /** Tokens that are never chosen. */
  readonly suppressTokens: readonly number[];
  /** Tokens that no answer begins with. */
  readonly beginSuppressTokens: readonly number[];
  /** Runs of tokens that do not occur. */
  readonly badWords: readonly (readonly number[])[];
  /** Settings that change greedy answers in transformers and not here, one line each. */
  readonly notFollowed: readonly string[];
}

const NAME = "generation_config.json";

const ids = z.array(z.int());
const oneOrMany = z.union([z.int().transform((id) => [id]), ids]).nullish();
const count = z.int().nonnegative().nullish();

const fields = z.looseObject({
  eos_token_id: oneOrMany,
  repetition_penalty: z.number().positive().nullish(),
  no_repeat_ngram_size: count,
  min_length: count,
  min_new_tokens: count,
  suppress_tokens: ids.nullish(),
  begin_suppress_tokens: ids.nullish(),
  bad_words_ids: z.array(ids.min(1)).nullish(),
});
type Fields = z.output<typeof fields>;

/**
 * Settings that transformers follows and this tool does not, with the values that change nothing. Source: transformers,
 * `_get_logits_processor`.
 */
const NOT_FOLLOWED: Readonly<Record<string, readonly unknown[]>> = {
  num_beams: [1],
  num_beam_groups: [1],
  diversity_penalty: [0],
  penalty_alpha: [0],
  dola_layers: [],
  guidance_scale: [1],
  sequence_bias: [],
  forced_bos_token_id: [],
  forced_eos_token_id: [],
  exponential_decay_length_penalty: [],
  constraints: [],
  force_words_ids: [],
  stop_strings: [],
  watermarking_config: [],
};

const config = z.looseObject({ eos_token_id: oneOrMany });

/**
 * Reads generation_config.json as transformers' greedy `generate` does. Where there is none, config.json says which tokens end an answer.
 *
 * @throws InputError naming a field of another type
 */
export async function readGenerationSettings(llm: LlmFolder): Promise<GenerationSettings> {
  const { files, path } = llm;
  if (!(await files.has(NAME))) return settingsOf({ eos_token_id: [...eosOfConfig(llm)] }, []);
  const said = checkJson(fields, (await files.readJson(NAME)).json, fileOf(files, NAME));
  const eosTokens = said.eos_token_id ?? [];
  const where = `${path}: ${NAME}`;
  const missed =
    eosTokens.length === 0 && eosOfConfig(llm).length > 0
      ? [
          `${where} names no eos_token_id, so that answers end at their longest, as in transformers, whatever config.json says`,
        ]
      : [];
  return settingsOf(said, [...missed, ...notFollowed(said, where)]);
}

const eosOfConfig = ({ config: own, configPath }: LlmFolder): readonly number[] =>
  checkJson(config, decoderConfig(own), configPath).eos_token_id ?? [];

function settingsOf(said: Fields, notes: readonly string[]): GenerationSettings {
  const eosTokens = said.eos_token_id ?? [];
  return {
    eosTokens,
    repetitionPenalty: said.repetition_penalty ?? 1,
    noRepeatNgramSize: said.no_repeat_ngram_size ?? 0,
    minLength: said.min_length ?? 0,
    minNewTokens: said.min_new_tokens ?? 0,
    suppressTokens: said.suppress_tokens ?? [],
    beginSuppressTokens: said.begin_suppress_tokens ?? [],
    // An answer may end whatever its words are.
    badWords: (said.bad_words_ids ?? []).filter((word) => word.length > 1 || !eosTokens.includes(word[0]!)),
    notFollowed: notes,
  };
}

function notFollowed(said: Fields, where: string): string[] {
  return Object.entries(NOT_FOLLOWED).flatMap(([name, neutral]) => {
    const value = said[name];
    if (value === undefined || value === null || neutral.includes(value)) return [];
    return [`${where} asks for ${name} ${showValue(value)}, which is not followed: answers are greedy`];
  });
}

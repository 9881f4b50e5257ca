import { betweenSteps } from "../../deadline.js";
import { InputError } from "../../errors.js";
import { optionalFlag, optionalNumber, optionalText, requireText, type GgufKeys } from "./keys.js";
import { byteLevelModel } from "./byte-level-model.js";
import { sentencePieceModel } from "./sentence-piece-model.js";
import { isAdded, isSpaces, readTokens, TOKEN_TYPES, type GgufTokens } from "./token-types.js";
import type { TokenizerModel } from "./tokenizer-model.js";

type ModelReader = (keys: GgufKeys, tokens: GgufTokens) => TokenizerModel | Promise<TokenizerModel>;

/** By `tokenizer.ggml.model`. */
const MODELS: Readonly<Record<string, ModelReader>> = { gpt2: byteLevelModel, llama: sentencePieceModel };

/**
 * The tokenizer.json that a GGUF file's keys stand for, as Hugging Face's of the same model splits text.
 * @throws InputError for a kind of tokenizer that is not read, and for keys that are missing or do not fit each other
 */
export async function tokenizerFile(keys: GgufKeys): Promise<object> {
  const kind = requireText(keys, "tokenizer.ggml.model");
  const readModel = Object.hasOwn(MODELS, kind) ? MODELS[kind] : undefined;
  if (readModel === undefined) {
    throw new InputError(
      `${keys.path}: its tokenizer is of kind ${JSON.stringify(kind)}, ${Object.keys(MODELS).join(" and ")} can be read; use the Hugging Face folder of the model`,
    );
  }
  const tokens = readTokens(keys);
  await betweenSteps();
  const { addsBos, ...parts } = await readModel(keys, tokens);
  await betweenSteps();
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(tokens),
    ...parts,
    post_processor: postProcessor(keys, tokens, addsBos),
  };
}

function addedTokens({ texts, types }: GgufTokens): object[] {
  return texts.flatMap((content, id) => {
    const type = types[id]!;
    const isUnknown = type === TOKEN_TYPES.unknown;
    // Runs of spaces are what merges make of the marks that stand for spaces.
    if (!(isAdded(type) || isUnknown) || isSpaces(content)) return [];
    const special = type !== TOKEN_TYPES.userDefined;
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
}

/** Puts BOS in front and EOS behind, as the file asks for. */
function postProcessor(keys: GgufKeys, { texts }: GgufTokens, addsBos: boolean): object | null {
  const token = (name: string, wanted: boolean): number[] => {
    const id = wanted ? optionalNumber(keys, `tokenizer.ggml.${name}_token_id`) : undefined;
    return id === undefined ? [] : [checkId(keys, id, name, texts.length)];
  };
  const front = token("bos", optionalFlag(keys, "tokenizer.ggml.add_bos_token") ?? addsBos);
  const end = token("eos", optionalFlag(keys, "tokenizer.ggml.add_eos_token") ?? false);
  if (front.length + end.length === 0) return null;
  const parts = (sequence: string, type_id: number): object[] => {
    const special = (id: number): object => ({ SpecialToken: { id: texts[id], type_id } });
    return [...front.map(special), { Sequence: { id: sequence, type_id } }, ...end.map(special)];
  };
  const named = [...front, ...end].map((id) => [texts[id]!, { id: texts[id], ids: [id], tokens: [texts[id]] }]);
  return {
    type: "TemplateProcessing",
    single: parts("A", 0),
    pair: [...parts("A", 0), ...parts("B", 1)],
    special_tokens: Object.fromEntries(named) as object,
  };
}

function checkId({ path }: GgufKeys, id: number, name: string, count: number): number {
  if (Number.isInteger(id) && id >= 0 && id < count) return id;
  throw new InputError(`${path}: tokenizer.ggml.${name}_token_id is ${id}, but it has ${count} tokens`);
}

/** The special tokens of a tokenizer_config.json and the keys that name them. */
const ROLES = { bos: "bos", eos: "eos", unk: "unknown", pad: "padding", sep: "seperator", mask: "mask" } as const;

/** The tokenizer_config.json that a GGUF file's keys stand for: special tokens by name, and the chat template. */
export function tokenizerConfig(keys: GgufKeys): object {
  const { texts } = readTokens(keys);
  const named = Object.entries(ROLES).map(([role, key]) => {
    const id = optionalNumber(keys, `tokenizer.ggml.${key}_token_id`);
    // Without one there is none, where an absent field would be the class's own.
    return [`${role}_token`, id === undefined ? null : texts[checkId(keys, id, key, texts.length)]];
  });
  const template = optionalText(keys, "tokenizer.chat_template");
  return { ...(Object.fromEntries(named) as object), ...(template !== undefined && { chat_template: template }) };
}

/** Special tokens that end an answer wherever they are. Source: llama.cpp, `special_eog_ids` in src/llama-vocab.cpp. */
const END_NAMES = [
  "<|eot_id|>",
  "<|eom_id|>",
  "<|im_end|>",
  "<|end|>",
  "<end_of_turn>",
  "<|endoftext|>",
  "<|end_of_text|>",
  "<EOT>",
  "<end_of_utterance>",
];

/** The generation_config.json that a GGUF file's keys stand for: every token that ends an answer. */
export function generationConfig(keys: GgufKeys): object {
  const { texts, types } = readTokens(keys);
  const ids = ["eos", "eot", "eom"].flatMap((name) => {
    const id = optionalNumber(keys, `tokenizer.ggml.${name}_token_id`);
    return id === undefined ? [] : [checkId(keys, id, name, texts.length)];
  });
  const named = END_NAMES.map((name) => texts.indexOf(name)).filter((id) => types[id] === TOKEN_TYPES.control);
  const all = [...new Set([...ids, ...named])];
  return all.length === 0 ? {} : { eos_token_id: all };
}

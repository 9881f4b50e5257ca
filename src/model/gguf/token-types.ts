import { InputError } from "../../errors.js";
import { MAX_TOKEN_LENGTH, MAX_VOCABULARY_SIZE } from "../../vocabulary/tokenizer-json.js";
import { optionalNumbers, requireTexts, type GgufKeys } from "./keys.js";

/** What a token is for. Source: `enum llama_token_type` in llama.cpp, include/llama.h. */
export const TOKEN_TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** A vocabulary as a GGUF file lists it. */
export interface GgufTokens {
  /** By id. */
  readonly texts: readonly string[];
  /** By id, of TOKEN_TYPES. */
  readonly types: ArrayLike<number>;
}

/**
 * Reads the tokens and their types.
 *
 * @throws InputError when there are too many, or one is too long
 */
export function readTokens(keys: GgufKeys): GgufTokens {
  const texts = requireTexts(keys, "tokenizer.ggml.tokens");
  if (texts.length > MAX_VOCABULARY_SIZE) {
    throw new InputError(`${keys.path}: has ${texts.length} tokens, at most ${MAX_VOCABULARY_SIZE} are read`);
  }
  const long = texts.findIndex((text) => text.length > MAX_TOKEN_LENGTH);
  if (long >= 0) {
    throw new InputError(
      `${keys.path}: token ${long} is ${texts[long]!.length} long, at most ${MAX_TOKEN_LENGTH} is read`,
    );
  }
  const types = optionalNumbers(keys, "tokenizer.ggml.token_type") ?? new Uint8Array(texts.length).fill(1);
  if (types.length === texts.length) return { texts, types };
  throw new InputError(`${keys.path}: has ${texts.length} tokens, but types of ${types.length}; the file is damaged`);
}

/** Ids that the tokenizer looks for in a text before it splits it. */
export const isAdded = (type: number): boolean => type === TOKEN_TYPES.control || type === TOKEN_TYPES.userDefined;

/** Gemma's tokens of several spaces, which its own file spells with U+2581. */
export const isSpaces = (text: string): boolean => /^ {2,}$/.test(text);

import { InputError } from "../../errors.js";
import { optionalText, requireTexts, type GgufKeys } from "./keys.js";
import { findPreTokenizer, PRE_TOKENIZER_NAMES, type NamedPreTokenizer } from "./named-pre-tokenizers.js";
import { isAdded, TOKEN_TYPES, type GgufTokens } from "./token-types.js";
import type { TokenizerModel } from "./tokenizer-model.js";

/** Byte-level BPE with the merges of the file, split as the tokenizer that the file names. */
export function byteLevelModel(keys: GgufKeys, { texts, types }: GgufTokens): TokenizerModel {
  const { normalizer, steps, ignoreMerges = false, addsBos = false } = requirePreTokenizer(keys);
  // Without a prototype a token "__proto__" is one like any other.
  const vocab = Object.create(null) as Record<string, number>;
  const end = behindModel(types);
  for (let id = 0; id < end; id++) if (types[id] !== TOKEN_TYPES.unused) vocab[texts[id]!] = id;
  return {
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: ignoreMerges,
      vocab,
      merges: requireTexts(keys, "tokenizer.ggml.merges"),
    },
    normalizer: normalizer ?? null,
    pre_tokenizer: { type: "Sequence", pretokenizers: steps },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    addsBos,
  };
}

/**
 * The first id of the added tokens that follow the model's own. Those between them are tokens of the model too: Hugging Face numbers
 * added tokens by itself, from the end of the model on, unless the model has them.
 */
function behindModel(types: ArrayLike<number>): number {
  const last = Array.from(types).findLastIndex((type) => !isAdded(type) && type !== TOKEN_TYPES.unused);
  return last + 1;
}

function requirePreTokenizer(keys: GgufKeys): NamedPreTokenizer {
  const name = optionalText(keys, "tokenizer.ggml.pre");
  const found = name === undefined ? undefined : findPreTokenizer(name);
  if (found !== undefined) return found;
  throw new InputError(
    `${keys.path}: tokenizer.ggml.pre is ${name === undefined ? "missing" : JSON.stringify(name)}, so how it splits text is not known here; known are ${PRE_TOKENIZER_NAMES.join(", ")}; use the Hugging Face folder of the model`,
  );
}

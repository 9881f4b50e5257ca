import { Tokenizer } from "@huggingface/tokenizers";
import { InputError } from "../errors.js";

/** What is used of the package, whose own type files NodeNext cannot resolve (0.2.0: relative imports without ".js"). */
export interface PackageTokenizer {
  encode(text: string, options?: { readonly add_special_tokens?: boolean }): { readonly ids: number[] };
}
const PackageTokenizer = Tokenizer as unknown as new (json: object, config: object) => PackageTokenizer;

/**
 * Opens a parsed tokenizer.json with `@huggingface/tokenizers`.
 *
 * Its ids equal those of the Rust crate on everything tried, with one exception that is left: white space beside a
 * token that strips it (Phi-3's `<|user|>`) is JavaScript's, so there U+FEFF is stripped and U+0085 is not.
 * @throws InputError naming `path` when the package does not know a part of the file
 */
export function openPackageTokenizer(json: unknown, config: object, path: string): PackageTokenizer {
  try {
    const file = json as { readonly pre_tokenizer?: PreTokenizer | null };
    const pre_tokenizer = file.pre_tokenizer ? spellOutByteLevel(file.pre_tokenizer) : null;
    return new PackageTokenizer({ ...file, pre_tokenizer }, config);
  } catch (error) {
    throw new InputError(
      `${path}: this tokenizer cannot be used to encode text: ${String((error as Error).message).split("\n", 1)[0]}`,
      { cause: error },
    );
  }
}

interface PreTokenizer {
  readonly type: string;
  readonly use_regex?: boolean;
  readonly add_prefix_space?: boolean;
  readonly pretokenizers?: readonly PreTokenizer[];
}

/** How GPT-2 splits text, in the crate's own words (tokenizers, pre_tokenizers/byte_level.rs). */
const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * The package (0.2.0) applies this pattern with JavaScript's \s, which has U+FEFF and lacks U+0085; written as a Split
 * the same pattern is translated rightly. With a prefix space the two differ, so that one is left as it is.
 */
function spellOutByteLevel(part: PreTokenizer): PreTokenizer {
  if (part.pretokenizers) return { ...part, pretokenizers: part.pretokenizers.map(spellOutByteLevel) };
  if (part.type !== "ByteLevel" || part.use_regex === false || part.add_prefix_space !== false) return part;
  const split = { type: "Split", pattern: { Regex: GPT2_PATTERN }, behavior: "Isolated", invert: false };
  return { type: "Sequence", pretokenizers: [split, { ...part, use_regex: false }] };
}

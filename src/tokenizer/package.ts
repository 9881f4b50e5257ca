import * as tokenizers from "@huggingface/tokenizers";

/** The parts of `@huggingface/tokenizers` that are used, whose own type files NodeNext cannot resolve (0.2.0: no ".js"). */
interface Package {
  readonly NFCNormalizer: new (config: object) => { normalize(text: string): string };
  readonly NFDNormalizer: Package["NFCNormalizer"];
  readonly NFKCNormalizer: Package["NFCNormalizer"];
  readonly NFKDNormalizer: Package["NFCNormalizer"];
  readonly WordPiece: new (config: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly unk_token: string;
    readonly continuing_subword_prefix: string;
    readonly max_input_chars_per_word: number;
  }) => {
    /** Spellings of the tokens of words, the unknown token for a word that cannot be spelled. */
    encode(words: readonly string[]): string[];
  };
}

/**
 * The components of `@huggingface/tokenizers` whose results equal the Rust crate's on everything tried. The others differ
 * (0.2.0), and are this folder's own.
 */
export const { NFCNormalizer, NFDNormalizer, NFKCNormalizer, NFKDNormalizer, WordPiece } =
  tokenizers as unknown as Package;

import { InputError } from "../../errors.js";
import type { TokenizerFile } from "../../vocabulary/tokenizer-json.js";
import { WordPiece } from "../package.js";
import type { PieceModel } from "../component.js";

const UNKNOWN = "[UNK]";

/** WordPiece (Devlin et al. 2019), of `@huggingface/tokenizers`. */
export function wordPiece(file: TokenizerFile): PieceModel {
  const { path, idOf, unkToken = UNKNOWN, continuingPrefix = "", maxCharsPerWord } = file;
  const model = new WordPiece({
    vocab: Object.fromEntries(idOf),
    unk_token: unkToken,
    continuing_subword_prefix: continuingPrefix,
    max_input_chars_per_word: maxCharsPerWord,
  });
  return {
    tokenize: (piece) =>
      model.encode([piece]).map((token) => {
        const id = idOf.get(token);
        if (id !== undefined) return id;
        throw new InputError(
          `${path}: a text needs the unknown token ${JSON.stringify(token)}, which model.vocab lacks`,
        );
      }),
  };
}

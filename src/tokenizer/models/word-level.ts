import { InputError } from "../../errors.js";
import type { TokenizerFile } from "../../vocabulary/tokenizer-json.js";
import type { PieceModel } from "../component.js";

/** Whole words, or the unknown token. */
export function wordLevel({ path, idOf, unkToken = "<unk>" }: TokenizerFile): PieceModel {
  return {
    tokenize(piece) {
      const id = idOf.get(piece) ?? idOf.get(unkToken);
      if (id !== undefined) return [id];
      throw new InputError(
        `${path}: a text needs the unknown token ${JSON.stringify(unkToken)}, which model.vocab lacks`,
      );
    },
  };
}

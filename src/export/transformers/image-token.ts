import { z } from "zod";
import { InputError } from "../../errors.js";
import { checkJson } from "../../files/check-json.js";
import { IMAGE_MARKER } from "../../prompt/prompt.js";
import type { TokenizerVocabulary } from "../../vocabulary/token.js";

/** The token that stands for an image in the prompts of transformers' models. */
export interface ImageToken {
  readonly token: string;
  readonly id: number;
  /** Whether tokenizer.json has to be told of it. */
  readonly isNew: boolean;
  /**
   * Its row of the embedding table, which is looked up and then overwritten: the token's own, one that no token has, or one that is
   * added to the table.
   */
  readonly row: "own" | "spare" | "added";
}

const fields = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })).nullish(),
  model: z.looseObject({ vocab: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]) }),
});

export interface ImageTokenOptions {
  readonly vocabulary: TokenizerVocabulary;
  /** The parsed tokenizer.json. */
  readonly json: unknown;
  /** Rows of the embedding table; there are often more than tokens. */
  readonly rows: number;
}

/**
 * The tokenizer's own `<image>`, else the first id after all others, where the crate `tokenizers` would put it too.
 *
 * @throws InputError when that id is not the one that follows, or when the table has fewer rows than there are tokens
 */
export function chooseImageToken({ vocabulary, json, rows }: ImageTokenOptions): ImageToken {
  const path = `${vocabulary.folder}/tokenizer.json`;
  const { added_tokens, model } = checkJson(fields, json, path);
  const added = added_tokens ?? [];
  const own = vocabulary.idOfString.get(IMAGE_MARKER);
  const id = own ?? vocabulary.size;
  if (id > rows || (own !== undefined && own >= rows)) {
    throw new InputError(
      `${vocabulary.folder}: the tokenizer has ${vocabulary.size} ids, the embedding table ${rows} rows; they are of different models`,
    );
  }
  if (own !== undefined) {
    return { token: IMAGE_MARKER, id, isNew: !added.some(({ content }) => content === IMAGE_MARKER), row: "own" };
  }
  // Source: tokenizers, added_vocabulary.rs: ids in the file are ignored, and tokens numbered in order.
  const next = added.reduce((most, token) => Math.max(most, token.id + 1), Object.keys(model.vocab).length);
  if (next !== id) {
    throw new InputError(
      `${path}: "${IMAGE_MARKER}" would be token ${id} here and ${next} in transformers, because ids are left out; add the token with transformers' add_tokens first`,
    );
  }
  return { token: IMAGE_MARKER, id, isNew: true, row: id < rows ? "spare" : "added" };
}

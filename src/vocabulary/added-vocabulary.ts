import type { SpecialTokens } from "./special-files.js";
import type { AddedToken, TokenizerFile } from "./tokenizer-json.js";

/** The added tokens of a tokenizer, by the ids that are used. */
export interface AddedVocabulary {
  readonly tokens: ReadonlyMap<number, AddedToken>;
  /** Spellings of the tokens that any file calls special. */
  readonly special: ReadonlySet<string>;
  /** Tokens whose id differs from the one in their file, one line each. */
  readonly renumbered: readonly string[];
}

/**
 * Numbers added tokens as transformers and the crate do, whatever their files say. A token that the model has keeps the
 * model's id; others take the next free ids. Tokens of tokenizer.json come first, then those of `added_tokens_decoder`, whose
 * flags count, then the declared special tokens.
 */
export function numberAddedTokens(file: TokenizerFile, special: SpecialTokens): AddedVocabulary {
  const numbering = new Numbering(file);
  numbering.add(file.addedTokens);
  numbering.add(special.added);
  const declared = [...Object.values(special.named), ...special.additional];
  numbering.add(
    declared.filter((content) => file.idOf.has(content) && !numbering.has(content)).map(declaredToken(file)),
  );
  return numbering;
}

const declaredToken =
  ({ idOf }: TokenizerFile) =>
  (content: string): AddedToken => ({
    id: idOf.get(content)!,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  });

class Numbering implements AddedVocabulary {
  readonly tokens = new Map<number, AddedToken>();
  readonly special = new Set<string>();
  readonly renumbered: string[] = [];
  private readonly idOf = new Map<string, number>();

  constructor(private readonly file: TokenizerFile) {}

  has(content: string): boolean {
    return this.idOf.has(content);
  }

  add(tokens: readonly AddedToken[]): void {
    let next = this.firstFree();
    for (const token of tokens) {
      if (token.content === "") continue;
      const id = this.idOf.get(token.content) ?? this.file.idOf.get(token.content) ?? next++;
      if (id !== token.id && !this.idOf.has(token.content)) {
        this.renumbered.push(
          `${JSON.stringify(token.content)} has id ${id}; its file says ${token.id}, as no reader counts`,
        );
      }
      this.idOf.set(token.content, id);
      this.tokens.set(id, { ...token, id });
      if (token.special) this.special.add(token.content);
    }
  }

  private firstFree(): number {
    const { tokenCount } = this.file;
    const last = [...this.tokens.keys()].reduce((greatest, id) => Math.max(greatest, id), -1);
    return last >= tokenCount || (tokenCount === 0 && last >= 0) ? last + 1 : tokenCount;
  }
}

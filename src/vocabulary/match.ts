import { matchRoles } from "./match-roles.js";
import { equalParts, resolveUserRows, type UserRows } from "./resolve-user-rows.js";
import type { RowMatch } from "./row-match.js";
import type { SourceToken } from "./source-token.js";
import { createSplitter } from "./split-bytes.js";
import type { Splitter } from "./splitter.js";
import type { TokenizerVocabulary } from "./token.js";

export interface MatchOptions extends UserRows {
  /** What happens to a missing token: it becomes its pieces (the default), or nothing. */
  readonly missing?: "subword" | "drop";
}

const MISSING: RowMatch = { match: "missing", ids: [], weights: [] };

/**
 * Finds each source token in the target vocabulary: by the user's word, then by the role of special tokens, then by equal
 * bytes, then by pieces. Rows are in the order of `source`.
 *
 * Reserved and unused tokens are missing, and so are special ones whose role the target lacks.
 *
 * @throws InputError for overrides and mappings that name no token
 */
export function matchTokens(
  source: readonly SourceToken[],
  target: TokenizerVocabulary,
  { missing = "subword", ...userRows }: MatchOptions = {},
): RowMatch[] {
  const split = lazySplitter(target);
  const given = resolveUserRows(source, target, userRows, split);
  const idOfSpecial = matchRoles(source, target);
  return source.map((token, index) => {
    const user = given.get(index);
    if (user !== undefined) return user;
    const special = idOfSpecial.get(index);
    if (special !== undefined) return single("special", special);
    return matchBytes(token, target, missing === "subword" ? split : undefined);
  });
}

function matchBytes({ bytes, kind }: SourceToken, target: TokenizerVocabulary, split: Splitter | undefined): RowMatch {
  if (bytes === undefined) return MISSING;
  const id = target.idOfBytes.get(bytes);
  if (id !== undefined) return single(target.kinds[id] === "byte" && kind !== "byte" ? "byte" : "exact", id);
  const pieces = split?.(bytes);
  return pieces === undefined ? MISSING : equalParts("subword", pieces);
}

const single = (match: RowMatch["match"], id: number): RowMatch => ({ match, ids: [id], weights: [1] });

/** Made only when needed: indexing the merges takes longer than matching, and two vocabularies may need no pieces at all. */
function lazySplitter(target: TokenizerVocabulary): Splitter {
  let splitter: Splitter | undefined;
  return (bytes) => (splitter ??= createSplitter(target))(bytes);
}

import type { SourceToken } from "./source-token.js";
import type { TokenizerVocabulary } from "./token.js";

/**
 * Pairs special tokens by what they do. No target is given twice, so two source tokens never become one. Equal names are
 * paired first, then equal first roles (from the name), then any role in common (such as a declared "pad").
 *
 * @returns target id of each source index that was paired
 */
export function matchRoles(source: readonly SourceToken[], target: TokenizerVocabulary): Map<number, number> {
  const special = source.flatMap((token, index) => (token.kind === "special" ? [{ ...token, index }] : []));
  const idsOfRole = groupByRole(target);
  const pairs = new Map<number, number>();
  const taken = new Set<number>();
  const rounds: ((token: SourceToken, id: number) => boolean)[] = [
    (token, id) => target.strings[id] === token.string,
    (token, id) => target.rolesOfId.get(id)![0] === token.roles[0],
    () => true,
  ];
  for (const fits of rounds) {
    for (const token of special) {
      if (pairs.has(token.index)) continue;
      const candidates = token.roles.flatMap((role) => idsOfRole.get(role) ?? []);
      const id = candidates.find((candidate) => !taken.has(candidate) && fits(token, candidate));
      if (id === undefined) continue;
      pairs.set(token.index, id);
      taken.add(id);
    }
  }
  return pairs;
}

function groupByRole(target: TokenizerVocabulary): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [id, roles] of target.rolesOfId) {
    for (const role of roles) groups.set(role, [...(groups.get(role) ?? []), id]);
  }
  return groups;
}

import type { SourceToken } from "../vocabulary/source-token.js";
import { TOKEN_KINDS, type TokenKind, type TokenizerKind, type TokenizerVocabulary } from "../vocabulary/token.js";

/** A vocabulary in numbers. */
export interface VocabularySummary {
  readonly name: string;
  /** Absent for the rows of an adapter. */
  readonly tokenizer?: TokenizerKind;
  /** Largest id + 1. Absent for the rows of an adapter. */
  readonly size?: number;
  readonly tokens: number;
  readonly kinds: Readonly<Record<TokenKind, number>>;
  /** Spelling of each special token by its roles. */
  readonly roles: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

export function summarizeVocabulary(vocabulary: TokenizerVocabulary, name: string): VocabularySummary {
  const { kind, size, kinds, strings, idOfRole, notes } = vocabulary;
  const counts = countKinds(kinds);
  return {
    name,
    tokenizer: kind,
    size,
    tokens: TOKEN_KINDS.reduce((sum, kind) => sum + counts[kind], 0),
    kinds: counts,
    roles: Object.fromEntries([...idOfRole].map(([role, id]) => [role, strings[id]!])),
    notes,
  };
}

/** The tokens of a list, such as the rows of an adapter. */
export function summarizeTokens(tokens: readonly SourceToken[], name: string): VocabularySummary {
  return {
    name,
    tokens: tokens.length,
    kinds: countKinds(tokens.map(({ kind }) => kind)),
    roles: Object.fromEntries(tokens.flatMap(({ roles, string }) => roles.map((role) => [role, string] as const))),
    notes: [],
  };
}

function countKinds(kinds: readonly (TokenKind | undefined)[]): Record<TokenKind, number> {
  const counts = { text: 0, byte: 0, special: 0, reserved: 0, unused: 0 };
  for (const kind of kinds) if (kind !== undefined) counts[kind]++;
  return counts;
}

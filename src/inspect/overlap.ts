import { coverageCurve, type CoveragePoint } from "./coverage.js";
import { examplesOf, type Example } from "./examples.js";
import { matchTokens } from "../vocabulary/match.js";
import type { MatchClass, RowMatch } from "../vocabulary/row-match.js";
import { SCRIPT_NAMES, scriptOf } from "./script.js";
import { tokensOfVocabulary, type SourceToken } from "../vocabulary/source-token.js";
import { compareStrings, type StringMatching } from "./string-matching.js";
import type { TokenizerVocabulary, TokenKind } from "../vocabulary/token.js";
import { summarizeTokens, summarizeVocabulary, type VocabularySummary } from "./vocabulary-summary.js";

/** How much of a source vocabulary a target vocabulary has. Shares go from 0 to 1. */
export interface Overlap {
  readonly source: VocabularySummary;
  readonly target: VocabularySummary;
  /** The tokens of both, with shared tokens counted once. */
  readonly union: number;
  readonly classes: readonly ClassShare[];
  /** How many tokens are missing, by kind. */
  readonly missing: Readonly<Record<TokenKind, number>>;
  readonly strings: StringMatching;
  /** How many source tokens are made of one target row, of two, ...; the last entry holds that many and more. */
  readonly rowsPerToken: readonly number[];
  readonly coverage: readonly CoveragePoint[];
  readonly scripts: readonly ScriptShare[];
  readonly examples: readonly Example[];
  /** Occurrences in the count file that fall on no source token; present with counts. */
  readonly uncounted?: { readonly tokens: number; readonly occurrences: number };
}

export interface ClassShare {
  readonly match: MatchClass;
  readonly sourceTokens: number;
  readonly ofSource: number;
  /** How many different target tokens the source tokens of this class are made of. */
  readonly targetTokens: number;
  readonly ofTarget: number;
  /** The share of the tokens of both: shared tokens for exact, byte and special, source tokens alone for the rest. */
  readonly ofUnion: number;
  /** Weighted by occurrences; present with counts. */
  readonly ofOccurrences?: number;
}

export interface ScriptShare {
  readonly script: string;
  readonly tokens: number;
  /** Found as one target token. */
  readonly whole: number;
  readonly subword: number;
  readonly missing: number;
}

export interface OverlapSource {
  readonly name: string;
  readonly tokens: readonly SourceToken[];
  /** Absent for the rows of an adapter. */
  readonly vocabulary?: TokenizerVocabulary;
}

export interface OverlapOptions {
  /** How often each source token occurs, as long as the source's tokens, with what could not be placed. */
  readonly counts?: { readonly ofTokens: readonly number[]; readonly uncounted: NonNullable<Overlap["uncounted"]> };
}

/** The classes in the order of tables; the first ones stand for the very token. */
const CLASSES: readonly MatchClass[] = ["exact", "byte", "special", "subword", "missing"];
const WHOLE: ReadonlySet<MatchClass> = new Set(["exact", "byte", "special"]);

/** Up to this many rows for each token are counted apart; longer lists are counted together. */
const MOST_ROWS = 8;

export const vocabularySource = (vocabulary: TokenizerVocabulary, name: string): OverlapSource => ({
  name,
  tokens: tokensOfVocabulary(vocabulary),
  vocabulary,
});

/** Compares a source, a whole tokenizer or the rows of an adapter, with a target tokenizer. */
export function compareVocabularies(
  source: OverlapSource,
  target: { readonly name: string; readonly vocabulary: TokenizerVocabulary },
  { counts }: OverlapOptions = {},
): Overlap {
  const { tokens } = source;
  const rows = matchTokens(tokens, target.vocabulary);
  const targetSummary = summarizeVocabulary(target.vocabulary, target.name);
  const shared = distinctTargets(rows.filter(({ match }) => WHOLE.has(match)));
  const union = tokens.length + targetSummary.tokens - shared;
  const missing = { text: 0, byte: 0, special: 0, reserved: 0, unused: 0 };
  rows.forEach(({ match }, index) => match === "missing" && missing[tokens[index]!.kind]++);
  return {
    source: source.vocabulary
      ? summarizeVocabulary(source.vocabulary, source.name)
      : summarizeTokens(tokens, source.name),
    target: targetSummary,
    union,
    classes: CLASSES.map((match) =>
      classShare(match, rows, { union, target: targetSummary.tokens, counts: counts?.ofTokens }),
    ),
    missing,
    strings: compareStrings(tokens, rows, target.vocabulary),
    rowsPerToken: histogram(rows),
    coverage: coverageCurve(rows, WHOLE, counts?.ofTokens),
    scripts: scriptShares(tokens, rows),
    examples: CLASSES.flatMap((match) => examplesOf(match, tokens, rows, target.vocabulary, counts?.ofTokens)),
    ...(counts && { uncounted: counts.uncounted }),
  };
}

function distinctTargets(rows: readonly RowMatch[]): number {
  const seen = new Set<number>();
  for (const { ids } of rows) for (const id of ids) seen.add(id);
  return seen.size;
}

interface Totals {
  readonly union: number;
  /** Tokens of the target. */
  readonly target: number;
  readonly counts: readonly number[] | undefined;
}

function classShare(match: MatchClass, rows: readonly RowMatch[], { union, target, counts }: Totals): ClassShare {
  const own = rows.filter((row) => row.match === match);
  const targetTokens = distinctTargets(own);
  const occurrences =
    counts && weigh(rows, counts, (row) => row.match === match) / (weigh(rows, counts, () => true) || 1);
  return {
    match,
    sourceTokens: own.length,
    ofSource: own.length / (rows.length || 1),
    targetTokens,
    ofTarget: targetTokens / (target || 1),
    ofUnion: (WHOLE.has(match) ? targetTokens : own.length) / (union || 1),
    ...(occurrences !== undefined && { ofOccurrences: occurrences }),
  };
}

function weigh(rows: readonly RowMatch[], counts: readonly number[], wanted: (row: RowMatch) => boolean): number {
  return rows.reduce((sum, row, index) => (wanted(row) ? sum + counts[index]! : sum), 0);
}

function histogram(rows: readonly RowMatch[]): number[] {
  const counts = new Array<number>(MOST_ROWS).fill(0);
  for (const { ids } of rows) if (ids.length > 0) counts[Math.min(ids.length, MOST_ROWS) - 1]!++;
  return counts;
}

function scriptShares(tokens: readonly SourceToken[], rows: readonly RowMatch[]): ScriptShare[] {
  const shares = new Map(
    SCRIPT_NAMES.map((script) => [script, { script, tokens: 0, whole: 0, subword: 0, missing: 0 }]),
  );
  tokens.forEach(({ bytes }, index) => {
    if (bytes === undefined) return;
    const share = shares.get(scriptOf(bytes))!;
    const { match } = rows[index]!;
    share.tokens++;
    share[WHOLE.has(match) ? "whole" : match === "missing" ? "missing" : "subword"]++;
  });
  return [...shares.values()].filter((share) => share.tokens > 0);
}

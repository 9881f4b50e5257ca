import { readableToken } from "../vocabulary/readable-token.js";
import type { SourceToken } from "../vocabulary/source-token.js";
import type { PatchTokens } from "./patch-tokens.js";

/** A token, added up over the patches that show it. */
export interface TokenTotal {
  readonly row: number;
  /** Readable, with its word start. */
  readonly token: string;
  /** Sum over the patches. */
  readonly weight: number;
  readonly patches: number;
}

/** Sums by row, which further patches can be added to. */
export type TokenSums = Map<number, { readonly weight: number; readonly patches: number }>;

/** Adds patches to `sums` and returns it. */
export function addPatches(sums: TokenSums, patches: readonly PatchTokens[]): TokenSums {
  for (const { row, weight } of patches.flatMap(({ tokens }) => tokens)) {
    const before = sums.get(row) ?? { weight: 0, patches: 0 };
    sums.set(row, { weight: before.weight + weight, patches: before.patches + 1 });
  }
  return sums;
}

/** Tokens that a summary keeps. */
const KEPT = 20;

/** The tokens whose sum is largest in size, the largest first. */
export function heaviestTokens(sums: TokenSums, tokens: readonly SourceToken[]): TokenTotal[] {
  return [...sums]
    .map(([row, sum]) => ({ row, token: readableToken(tokens[row]!), ...sum }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.row - b.row)
    .slice(0, KEPT);
}

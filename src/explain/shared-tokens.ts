import type { SourceToken } from "../vocabulary/source-token.js";
import type { PatchTokens } from "./patch-tokens.js";

/**
 * How much of the weight two adapters place on the same tokens of the same patch: a share of the size of the weights shown,
 * in mean over the patches, from 0 to 1.
 */
export interface SharedTokens {
  /** The share of the first adapter's weight that lies on tokens which the second shows too. */
  readonly ofFirst: number;
  /** The share of the second adapter's weight that lies on tokens which the first shows too. */
  readonly ofSecond: number;
  /** The mean of both when each patch is compared with a random patch of the image: what all patches have in common. */
  readonly byChance: number;
}

/** What makes two tokens the same: equal bytes, whatever tokenizer spells them; for special tokens, an equal role. */
export function tokenKey({ bytes, roles, string }: SourceToken): string {
  if (bytes !== undefined) return `bytes ${bytes}`;
  return roles[0] === undefined ? `string ${string}` : `role ${roles[0]}`;
}

/** The patches of one adapter, and the tokens of its rows. */
export interface NamedPatches {
  readonly patches: readonly PatchTokens[];
  readonly tokens: readonly SourceToken[];
}

/** Compares the tokens that two adapters show for the patches of one image. */
export function sharedTokens(first: NamedPatches, second: NamedPatches): SharedTokens {
  const [one, other] = [first, second].map(sharesOfPatches) as [PatchShares[], PatchShares[]];
  const mean = (shares: readonly PatchShares[], commonness: (key: string, patch: number) => number): number =>
    sum(shares.map((patch, i) => sum([...patch].map(([key, share]) => share * commonness(key, i))))) / shares.length;
  const [inOne, inOther] = [shareOfPatches(one), shareOfPatches(other)];
  return {
    ofFirst: mean(one, (key, patch) => Number(other[patch]!.has(key))),
    ofSecond: mean(other, (key, patch) => Number(one[patch]!.has(key))),
    byChance: (mean(one, (key) => inOther.get(key) ?? 0) + mean(other, (key) => inOne.get(key) ?? 0)) / 2,
  };
}

/** For each token, its share of the size of the patch's weights. */
type PatchShares = ReadonlyMap<string, number>;

function sharesOfPatches({ patches, tokens }: NamedPatches): PatchShares[] {
  return patches.map((patch) => {
    const total = sum(patch.tokens.map(({ weight }) => Math.abs(weight))) || 1;
    const shares = new Map<string, number>();
    for (const { row, weight } of patch.tokens) {
      const key = tokenKey(tokens[row]!);
      shares.set(key, (shares.get(key) ?? 0) + Math.abs(weight) / total);
    }
    return shares;
  });
}

/** For each token, the share of the patches that show it. */
function shareOfPatches(shares: readonly PatchShares[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of shares.flatMap((patch) => [...patch.keys()])) counts.set(key, (counts.get(key) ?? 0) + 1);
  return new Map([...counts].map(([key, count]) => [key, count / shares.length]));
}

/** The mean over images; all have equally many patches, so each counts the same. */
export function meanShared(images: readonly SharedTokens[]): SharedTokens {
  const mean = (name: keyof SharedTokens): number => sum(images.map((shared) => shared[name])) / images.length;
  return { ofFirst: mean("ofFirst"), ofSecond: mean("ofSecond"), byChance: mean("byChance") };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

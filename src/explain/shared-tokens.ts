import type { SourceToken } from "../vocabulary/source-token.js";
import type { PatchTokens } from "./patch-tokens.js";

/**
 * How much two adapters say alike of the same patches: the share of the size of the weights shown that lies on tokens which
 * the other one shows for the same patch, in mean over the patches, 0 to 1.
 */
export interface SharedTokens {
  /** Of what the first says, what the second says too. */
  readonly ofFirst: number;
  /** Of what the second says, what the first says too. */
  readonly ofSecond: number;
  /** Both in mean if each patch were set beside a patch of the image that is drawn by lot: what all patches share. */
  readonly byChance: number;
}

/** Tokens are the same when their bytes are, whatever tokenizer spells them; special ones when they do the same. */
export function tokenKey({ bytes, roles, string }: SourceToken): string {
  if (bytes !== undefined) return `bytes ${bytes}`;
  return roles[0] === undefined ? `string ${string}` : `role ${roles[0]}`;
}

/** One adapter's patches, and what the rows of its table stand for. */
export interface NamedPatches {
  readonly patches: readonly PatchTokens[];
  readonly tokens: readonly SourceToken[];
}

/** Compares what two adapters say of the patches of one image. */
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

/** By token: its share of the size of the patch's weights. */
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

/** By token: in which share of the patches it is. */
function shareOfPatches(shares: readonly PatchShares[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of shares.flatMap((patch) => [...patch.keys()])) counts.set(key, (counts.get(key) ?? 0) + 1);
  return new Map([...counts].map(([key, count]) => [key, count / shares.length]));
}

/** The mean over images, each counting by its patches, of which all have as many. */
export function meanShared(images: readonly SharedTokens[]): SharedTokens {
  const mean = (name: keyof SharedTokens): number => sum(images.map((shared) => shared[name])) / images.length;
  return { ofFirst: mean("ofFirst"), ofSecond: mean("ofSecond"), byChance: mean("byChance") };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

import type { PagePatches } from "../../src/explain/page/page-data.js";

/** For each view, the places of the labels whose patches are lit; null where none are asked for. */
export type Lit = readonly ReadonlySet<number>[] | null;

/** A token of a patch; the weight is as tables show it. */
export interface ShownToken {
  readonly place: number;
  readonly weight: number;
}

/** The tokens of each patch whose weight is of at least this size, the heaviest first. */
export function tokensOfPatches({ counts, tokens, weights }: PagePatches, threshold: number): readonly ShownToken[][] {
  let at = 0;
  return counts.map((count) => {
    const shown: ShownToken[] = [];
    for (const end = at + count; at < end; at += 1) {
      const weight = weights[at]! / 1000;
      if (Math.abs(weight) >= threshold) shown.push({ place: tokens[at]!, weight });
    }
    return shown;
  });
}

/** The places of the labels that contain a text, in capitals or not; "␣" and spaces count as the same. */
export function labelsContaining(labels: readonly string[], text: string): ReadonlySet<number> {
  const wanted = text.trim().toLowerCase().replaceAll(" ", "␣");
  const places = labels.flatMap((label, place) => (label.toLowerCase().includes(wanted) ? [place] : []));
  return new Set(places);
}

/** In how many patches of a picture some view shows a token of `wanted`. */
export function patchesShowing(
  views: readonly PagePatches[],
  wanted: readonly ReadonlySet<number>[],
  threshold: number,
): number {
  const showing = new Set<number>();
  views.forEach(({ counts, tokens, weights }, view) => {
    const places = wanted[view]!;
    if (places.size === 0) return;
    let at = 0;
    counts.forEach((count, patch) => {
      for (const end = at + count; at < end; at += 1) {
        if (places.has(tokens[at]!) && Math.abs(weights[at]!) >= threshold * 1000) showing.add(patch);
      }
    });
  });
  return showing.size;
}

/** A token over the patches of a picture. */
export interface Total {
  readonly place: number;
  /** Sum over the patches. */
  readonly weight: number;
  readonly patches: number;
}

/** The tokens of a picture, the heaviest sum first. */
export function totalsOf(patches: readonly (readonly ShownToken[])[]): readonly Total[] {
  const totals = new Map<number, Total>();
  for (const { place, weight } of patches.flat()) {
    const before = totals.get(place) ?? { place, weight: 0, patches: 0 };
    totals.set(place, { place, weight: before.weight + weight, patches: before.patches + 1 });
  }
  return [...totals.values()].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.place - b.place);
}

/** What lists of tokens do when the user points at one or presses it. */
export interface TokenChoice {
  readonly pinned: string | null;
  readonly pointed: string | null;
  readonly point: (token: string | null) => void;
  readonly pin: (token: string) => void;
}

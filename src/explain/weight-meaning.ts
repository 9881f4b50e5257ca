import { revealsShares } from "../model/projector/decoding-graph.js";
import type { View } from "./plan-explanation.js";

/** What the weights of a view mean, for somebody who sees them for the first time. */
export function weightMeaning({ lens, adapter }: Pick<View, "lens" | "adapter">): string {
  if (lens.by !== "weights") return MEANINGS[lens.by];
  return adapter.decoding && revealsShares(adapter.decoding) ? MEANINGS.shares : MEANINGS.coefficients;
}

const MEANINGS = {
  coefficients:
    "what the adapter multiplies a token's row by to make the patch: signed, as nothing keeps it above 0, and of no fixed sum; of all rows the largest are shown",
  shares: "the token's share in what the adapter makes the patch of; those of all rows sum to 1",
  sparse:
    "the token's share in the mixture of a few, none below 0, that comes nearest to the patch; all of them sum to 1. The residual is the length of what the mixture misses of a vector of length 1: 0 where it meets it, near 1 where nothing fits",
  contextual:
    "how probable the word is there among all words of the adapter, as its scores say, which were fitted to what the source LLM answered",
  cosine:
    "the cosine of the patch with the token's row: 1 where both point the same way, 0 where they have nothing in common",
} as const;

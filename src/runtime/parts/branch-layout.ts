import { UNSEEN } from "../../model/llm/decoder-graph.js";
import type { BranchLayout } from "../sessions/protocol.js";

export interface BranchesTask {
  /** Tokens that all sequences see. */
  readonly prefix: number;
  /** Tokens in the cache: those of the prefix and of what was run of the sequences. */
  readonly past: number;
  /** Of each sequence: the places in the cache of its own tokens. */
  readonly places: readonly (readonly number[])[];
  /** Of each sequence: how many tokens come, at least one. They lie one sequence behind another. */
  readonly counts: readonly number[];
}

/** Lays tokens out so that each sees the prefix and its own sequence; the last one of each is wanted. */
export function layOutBranches({ prefix, past, places, counts }: BranchesTask) {
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  const total = past + tokens;
  const layout: BranchLayout = {
    positions: new BigInt64Array(tokens),
    keyPositions: BigInt64Array.from({ length: total }, (_, i) => BigInt(i)),
    bias: new Float32Array(tokens * total),
    wanted: new BigInt64Array(counts.length),
  };
  for (const own of places) own.forEach((place, i) => (layout.keyPositions[place] = BigInt(prefix + i)));
  let token = 0;
  const after = counts.map((count, sequence) => {
    const own = [...places[sequence]!];
    for (let i = 0; i < count; i++, token++) {
      layout.positions[token] = BigInt(prefix + own.length);
      layout.keyPositions[past + token] = layout.positions[token]!;
      own.push(past + token);
      const row = layout.bias.subarray(token * total, (token + 1) * total);
      row.fill(UNSEEN, prefix);
      for (const place of own) row[place] = 0;
    }
    layout.wanted[sequence] = BigInt(token - 1);
    return own;
  });
  return { layout, places: after };
}

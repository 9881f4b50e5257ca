/** A continuation being scored: its tokens, and the log-probabilities of those that were reached. */
interface Scoring {
  readonly tokens: readonly number[];
  readonly logprobs: number[];
}

/**
 * Log-probabilities of the tokens of several continuations of one prompt, each given the prompt and the tokens before it. Continuations that
 * begin alike share the runs of what they share, and the last token of each needs no run of its own.
 *
 * @param logits (vocabulary) of the token that follows the prompt
 * @param extend runs `token` as the one at `depth` behind the prompt, after the tokens of the calls before it at smaller depths; gives
 * the logits of the next
 */
export async function scoreContinuations(
  continuations: readonly (readonly number[])[],
  logits: Float32Array,
  extend: (token: number, depth: number) => Promise<Float32Array>,
): Promise<number[][]> {
  const all = continuations.map((tokens): Scoring => ({ tokens, logprobs: [] }));
  await scoreFrom(all, 0, logits, extend);
  return all.map(({ logprobs }) => logprobs);
}

async function scoreFrom(
  scorings: readonly Scoring[],
  depth: number,
  logits: Float32Array,
  extend: (token: number, depth: number) => Promise<Float32Array>,
): Promise<void> {
  const total = logSumExp(logits);
  for (const [token, members] of byToken(scorings, depth)) {
    for (const { logprobs } of members) logprobs.push(logits[token]! - total);
    const longer = members.filter(({ tokens }) => tokens.length > depth + 1);
    if (longer.length > 0) await scoreFrom(longer, depth + 1, await extend(token, depth), extend);
  }
}

function byToken(scorings: readonly Scoring[], depth: number): ReadonlyMap<number, readonly Scoring[]> {
  const groups = new Map<number, Scoring[]>();
  for (const scoring of scorings) {
    const token = scoring.tokens[depth]!;
    const group = groups.get(token);
    if (group === undefined) groups.set(token, [scoring]);
    else group.push(scoring);
  }
  return groups;
}

/** log(sum(exp(values))), in float64: a sum over 262,144 logits loses digits in float32. */
function logSumExp(values: Float32Array): number {
  let largest = -Infinity;
  for (const value of values) if (value > largest) largest = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}

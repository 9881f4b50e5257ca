/**
 * The point of the probability simplex nearest to `scores`: like softmax, but low scores get exactly 0.
 * Source: Martins and Astudillo, arXiv 1602.02068; as weights of tokens, FOCUS, arXiv 2305.14481.
 */
export function sparsemax(scores: readonly number[]): number[] {
  const falling = [...scores].sort((a, b) => b - a);
  let [sum, threshold] = [0, 0];
  falling.forEach((score, i) => {
    sum += score;
    if (1 + (i + 1) * score > sum) threshold = (sum - 1) / (i + 1);
  });
  return scores.map((score) => Math.max(0, score - threshold));
}

import { accuracyVariant } from "./accuracy.js";
import type { ChoiceLikelihoods, Judgement, Variant } from "../benchmark.js";

/** What a choice scores, from the log-probabilities of its tokens. */
type Measure = (logprobs: readonly number[], choice: string) => number;

const sum: Measure = (logprobs) => logprobs.reduce((total, logprob) => total + logprob, 0);

interface Ranking {
  readonly name: string;
  readonly about: string;
  readonly measure: Measure;
}

/** Ways to rank choices; the first is what an answer is taken from where none is generated. */
const RANKINGS: readonly [Ranking, ...Ranking[]] = [
  {
    name: "likelihood",
    about: "the likeliest choice, tokens multiplied (lm-evaluation-harness: acc)",
    measure: sum,
  },
  {
    name: "likelihood-per-character",
    about: "the likeliest choice, its log-likelihood divided by its characters (lm-evaluation-harness: acc_norm)",
    measure: (logprobs, choice) => sum(logprobs, choice) / [...choice].length,
  },
  {
    name: "likelihood-per-token",
    about: "the likeliest choice, its log-likelihood divided by its tokens",
    measure: (logprobs, choice) => sum(logprobs, choice) / logprobs.length,
  },
  {
    name: "first-token",
    about: "the choice whose first token is likeliest; choices that begin alike share what they win",
    measure: ([first]) => first!,
  },
];

/** The places of the likeliest choices by the first ranking: one, or several that are equal. */
export const likeliest = (choices: readonly string[], likelihoods: ChoiceLikelihoods): readonly number[] =>
  bestBy(RANKINGS[0].measure, choices, likelihoods);

function bestBy(measure: Measure, choices: readonly string[], likelihoods: ChoiceLikelihoods): readonly number[] {
  const scores = likelihoods.map((logprobs, index) => measure(logprobs, choices[index]!));
  const best = Math.max(...scores);
  return scores.flatMap((score, index) => (score === best ? [index] : []));
}

/** A variant for each way to rank an item's choices; items that have none are judged as `otherwise` says. */
export function rankingVariants<Truth>(options: {
  /** The places of the right choices. */
  rightChoices: (truth: Truth) => readonly number[];
  otherwise: Variant<Truth>["judge"];
}): readonly Variant<Truth>[] {
  return RANKINGS.map(({ name, about, measure }) =>
    accuracyVariant<Truth>({
      name,
      about,
      ranks: true,
      judge: (item, truth, text, likelihoods) => {
        if (likelihoods === undefined) return options.otherwise(item, truth, text);
        return share(bestBy(measure, item.choices, likelihoods), options.rightChoices(truth), item.choices);
      },
    }),
  );
}

/** One of equals is as good as another: each wins its share. */
function share(best: readonly number[], right: readonly number[], choices: readonly string[]): Judgement {
  const won = best.filter((index) => right.includes(index)).length;
  return { parsed: choices[best[0]!]!, score: won / best.length, unparseable: false };
}

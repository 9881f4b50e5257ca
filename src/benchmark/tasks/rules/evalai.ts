import { splitWords, strip } from "./python.js";

/**
 * Contractions in the spelling that the EvalAI normaliser ends with. A word counts as one of them when it is written
 * with exactly one of its apostrophes left out.
 */
const CONTRACTIONS = `
ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've
he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've
o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's
someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've
there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's
what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've
wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've`;

const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ...splitWords(CONTRACTIONS).flatMap((word) =>
    [...word.matchAll(/'/g)].map(({ index }): [string, string] => [word.slice(0, index) + word.slice(index + 1), word]),
  ),
  // The official table has this one the wrong way round.
  ["somebody'd", "somebodyd"],
]);

const NUMBERS: ReadonlyMap<string, string> = new Map(
  ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    .map((word, value): [string, string] => [word, String(value)])
    .concat([["none", "0"]]),
);

const ARTICLES: ReadonlySet<string> = new Set(["a", "an", "the"]);
const PUNCTUATION = [...';/[]"{}()=+\\_-><@`,?!'];

/** The official call passes a flag (re.UNICODE, 32) where the largest number of substitutions belongs. */
const MAX_FULL_STOPS_DROPPED = 32;

/**
 * The answer normaliser of EvalAI, as LLaVA's m4c_evaluator.py has it (from facebookresearch/mmf, commit c46b3b3),
 * oddities included: scores of TextVQA and of VQA-soft matching rest on them.
 */
export function normaliseAnswer(answer: string): string {
  const lowered = strip(answer.toLowerCase().replaceAll(",", "").replaceAll("?", "").replaceAll("'s", " 's"));
  const oneLine = strip(lowered.replaceAll("\n", " ").replaceAll("\t", " "));
  return normaliseWords(normalisePunctuation(oneLine));
}

/** A mark beside a space anywhere in the answer goes everywhere; any other becomes a space. Commas are gone by now. */
function normalisePunctuation(text: string): string {
  let out = text;
  for (const mark of PUNCTUATION) {
    out = out.replaceAll(mark, text.includes(`${mark} `) || text.includes(` ${mark}`) ? "" : " ");
  }
  let dropped = 0;
  return out.replace(/\.(?!\p{Nd})/gu, (stop) => ((dropped += 1) > MAX_FULL_STOPS_DROPPED ? stop : ""));
}

function normaliseWords(text: string): string {
  return splitWords(text.toLowerCase())
    .map((word) => NUMBERS.get(word) ?? word)
    .filter((word) => !ARTICLES.has(word))
    .map((word) => SPELLINGS.get(word) ?? word)
    .join(" ");
}

/** Answers of other people that make an answer fully right. */
const FULL_AGREEMENT = 3;

/**
 * Soft accuracy of a normalised answer against `n` normalised human answers: the mean, over leaving each of them out,
 * of min(1, how many of the others agree / 3).
 */
export function softAccuracy(answer: string, humans: readonly string[]): number {
  const agreeing = humans.filter((human) => human === answer).length;
  if (agreeing === 0) return 0;
  let sum = 0;
  for (const human of humans) sum += Math.min(1, (agreeing - (human === answer ? 1 : 0)) / FULL_AGREEMENT);
  return sum / humans.length;
}

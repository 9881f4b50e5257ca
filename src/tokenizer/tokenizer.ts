import { z } from "zod";
import { checkJson } from "../files/check-json.js";
import type { AddedVocabulary } from "../vocabulary/added-vocabulary.js";
import type { AddedToken, TokenizerFile } from "../vocabulary/tokenizer-json.js";
import type { Build } from "./component.js";
import { buildDecoder } from "./decoders.js";
import { tokenFinder, type FoundPart, type Spelling } from "./find-tokens.js";
import { buildModel } from "./models/models.js";
import { buildNormalizer, type Normalizer } from "./normalizers.js";
import { buildPostProcessor, type Surroundings } from "./post-processors.js";
import { buildPreTokenizer, type PreTokenizer } from "./pre-tokenizers.js";
import type { TextPart } from "./text-part.js";

/** A tokenizer as its tokenizer.json describes it: text to ids and back, as in the Rust crate `tokenizers`. */
export interface Tokenizer extends Surroundings {
  /** Ids of a text, without those around it. Lone surrogates become U+FFFD. */
  readonly encode: (text: string) => number[];
  /** Makes a counter of tokens, which splits each piece of text that comes again once. */
  readonly counter: () => TokenCounter;
  /** Text of ids, without special tokens. */
  readonly decode: (ids: Iterable<number>) => string;
}

/** Counts the tokens of texts. */
export interface TokenCounter {
  add(texts: readonly string[]): void;
  /** Splits what was gathered where it has become much: no pattern runs meanwhile, so it needs no deadline. */
  settle(): void;
  /** (tokens) how often each id came, up to the largest that did. */
  counts(): Float64Array;
}

const pipeline = z.looseObject({
  normalizer: z.unknown().optional(),
  pre_tokenizer: z.unknown().optional(),
  post_processor: z.unknown().optional(),
  decoder: z.unknown().optional(),
});

/**
 * Makes a tokenizer of a parsed tokenizer.json and the added tokens of its folder.
 *
 * @throws InputError that names the first component that is damaged, not known, or has no exact equivalent
 */
export function buildTokenizer(json: unknown, file: TokenizerFile, added: AddedVocabulary): Tokenizer {
  const { path } = file;
  const config = checkJson(pipeline, json, path);
  const part = <T>(key: keyof typeof config, build: Build<T>): T | undefined =>
    config[key] === null || config[key] === undefined ? undefined : build(config[key], { path, key });
  const normalize = part("normalizer", buildNormalizer);
  const preTokenize = part("pre_tokenizer", buildPreTokenizer) ?? ((whole: TextPart) => [whole]);
  const decode = part("decoder", buildDecoder);
  const spellings = spell(added, normalize);
  const tokenOf = tokensById(file, spellings);
  const steps = encoder({ file, spellings, normalize, preTokenize });
  return {
    ...(part("post_processor", buildPostProcessor) ?? { front: [], back: [] }),
    encode: steps.encode,
    counter: steps.counter,
    decode(ids) {
      const tokens = [...ids].map(tokenOf).filter((token) => token !== undefined && !added.special.has(token));
      return decode === undefined ? tokens.join(" ") : decode(tokens as string[]).join("");
    },
  };
}

const isNormalized = ({ normalized, special }: AddedToken): boolean => normalized ?? !special;

/** The spelling by which each added token is searched. */
function spell({ tokens }: AddedVocabulary, normalize: Normalizer | undefined): Spelling[] {
  return [...tokens.values()].map((token) => ({
    text: isNormalized(token) && normalize !== undefined ? normalize(wholeText(token.content)).text : token.content,
    token,
  }));
}

/** The spelling of each id; added tokens have that of the text they are found in. */
function tokensById({ strings }: TokenizerFile, spellings: readonly Spelling[]): (id: number) => string | undefined {
  const added = new Map(spellings.map(({ text, token }) => [token.id, text]));
  return (id) => added.get(id) ?? strings[id];
}

interface Steps {
  readonly file: TokenizerFile;
  readonly spellings: readonly Spelling[];
  readonly normalize: Normalizer | undefined;
  readonly preTokenize: PreTokenizer;
}

/** Pieces that are counted before they are split into tokens: memory is bounded, and those of common words come in each batch once. */
const MOST_PIECES = 400_000;

function encoder({ file, spellings, normalize, preTokenize }: Steps): Pick<Tokenizer, "encode" | "counter"> {
  const model = buildModel(file);
  const findPlain = tokenFinder(spellings.filter(({ token }) => !isNormalized(token)));
  const findNormalized = tokenFinder(spellings.filter(({ token }) => isNormalized(token)));
  const findInText = (part: TextPart): FoundPart[] => findNormalized(normalize === undefined ? part : normalize(part));
  const sectionsOf = (text: string): FoundPart[] =>
    findPlain(wholeText(wellFormed(text))).flatMap((section) => ("id" in section ? section : findInText(section)));
  return {
    encode: (text) =>
      sectionsOf(text).flatMap((section) =>
        "id" in section ? section.id : preTokenize(section).flatMap(({ text: piece }) => model.tokenize(piece)),
      ),
    counter: () => {
      const pieces = new Map<string, number>();
      const ids: number[] = [];
      const count = (id: number, times: number): void => {
        while (ids.length <= id) ids.push(0);
        ids[id]! += times;
      };
      const split = (): void => {
        for (const [piece, times] of pieces) for (const id of model.tokenize(piece)) count(id, times);
        pieces.clear();
      };
      return {
        add: (texts) => {
          for (const section of texts.flatMap(sectionsOf)) {
            if ("id" in section) count(section.id, 1);
            else for (const { text: piece } of preTokenize(section)) pieces.set(piece, (pieces.get(piece) ?? 0) + 1);
          }
        },
        settle: () => {
          if (pieces.size > MOST_PIECES) split();
        },
        counts: () => {
          split();
          return Float64Array.from(ids);
        },
      };
    },
  };
}

const wellFormed = (text: string): string => Buffer.from(text).toString();

/** A text of which nothing was cut off. */
const wholeText = (text: string): TextPart => ({
  text,
  lead: (text.codePointAt(0) ?? 0) > 0xffff ? 2 : Math.min(1, text.length),
  atStart: true,
});

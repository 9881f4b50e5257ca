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
  /** Text of ids, without special tokens. */
  readonly decode: (ids: Iterable<number>) => string;
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
  return {
    ...(part("post_processor", buildPostProcessor) ?? { front: [], back: [] }),
    encode: encoder({ file, spellings, normalize, preTokenize }),
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

function encoder({ file, spellings, normalize, preTokenize }: Steps): Tokenizer["encode"] {
  const model = buildModel(file);
  const findPlain = tokenFinder(spellings.filter(({ token }) => !isNormalized(token)));
  const findNormalized = tokenFinder(spellings.filter(({ token }) => isNormalized(token)));
  const findInText = (part: TextPart): FoundPart[] => findNormalized(normalize === undefined ? part : normalize(part));
  return (text) =>
    findPlain(wholeText(wellFormed(text)))
      .flatMap((section) => ("id" in section ? section : findInText(section)))
      .flatMap((section) =>
        "id" in section ? section.id : preTokenize(section).flatMap(({ text: piece }) => model.tokenize(piece)),
      );
}

const wellFormed = (text: string): string => Buffer.from(text).toString();

/** A text of which nothing was cut off. */
const wholeText = (text: string): TextPart => ({
  text,
  lead: (text.codePointAt(0) ?? 0) > 0xffff ? 2 : Math.min(1, text.length),
  atStart: true,
});

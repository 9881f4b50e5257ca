import { z } from "zod";
import { byteLevelOfBytes } from "../vocabulary/byte-level.js";
import { byteStringOfText } from "../vocabulary/byte-string.js";
import { anyOf, component, sequence, type Build } from "./component.js";
import { characterPattern, patternSchema, regexPattern, type Pattern } from "./pattern.js";
import { BEHAVIORS, characterwise, prepend, splitPart, type Behavior, type TextPart } from "./text-part.js";
import { splitByScript } from "./unicode-scripts.js";
import { NUMERIC, PUNCTUATION, WHITE_SPACE, WORD } from "./unicode.js";

/** Splits text into what the model tokenizes piece by piece. Source of each: the crate `tokenizers`, src/pre_tokenizers. */
export type PreTokenizer = (part: TextPart) => readonly TextPart[];

const none = z.looseObject({});
const behavior = z.enum(BEHAVIORS);
const character = z.string().refine((text) => [...text].length === 1, "expected one character");

/** Makes a pre-tokenizer of its JSON. */
export const buildPreTokenizer: Build<PreTokenizer> = (config, place) => anyOf(PRE_TOKENIZERS)(config, place);

const PRE_TOKENIZERS: Readonly<Record<string, Build<PreTokenizer>>> = {
  Split: component(
    z.looseObject({ pattern: patternSchema, behavior, invert: z.boolean() }),
    ({ pattern, behavior, invert }) => splitter(invert ? inverted(pattern) : pattern, behavior),
  ),
  Digits: component(z.looseObject({ individual_digits: z.boolean() }), ({ individual_digits }) =>
    splitter(characterPattern(NUMERIC), individual_digits ? "Isolated" : "Contiguous"),
  ),
  Punctuation: component(z.looseObject({ behavior: behavior.default("Isolated") }), ({ behavior }) =>
    splitter(characterPattern(PUNCTUATION), behavior),
  ),
  Whitespace: component(none, () => splitter(inverted(wordsAndMarks), "Removed")),
  WhitespaceSplit: component(none, () => splitter(characterPattern(WHITE_SPACE), "Removed")),
  CharDelimiterSplit: component(z.looseObject({ delimiter: character }), ({ delimiter }) =>
    splitter(characterPattern(new RegExp(`[\\u{${delimiter.codePointAt(0)!.toString(16)}}]`, "gu")), "Removed"),
  ),
  BertPreTokenizer: component(none, () =>
    chain([splitter(characterPattern(WHITE_SPACE), "Removed"), splitter(characterPattern(PUNCTUATION), "Isolated")]),
  ),
  ByteLevel: component(
    z.looseObject({ add_prefix_space: z.boolean(), use_regex: z.boolean().default(true) }),
    ({ add_prefix_space, use_regex }) => byteLevel(add_prefix_space, use_regex),
  ),
  Metaspace: component(
    z.looseObject({
      replacement: character,
      add_prefix_space: z.boolean().nullish(),
      prepend_scheme: z.enum(["first", "never", "always"]).default("always"),
      split: z.boolean().nullish(),
    }),
    metaspace,
  ),
  FixedLength: component(z.looseObject({ length: z.int().positive().default(5) }), fixedLength),
  UnicodeScripts: component(none, () => splitByScript),
  Sequence: sequence("pretokenizers", buildPreTokenizer, chain),
};

function chain(preTokenizers: readonly PreTokenizer[]): PreTokenizer {
  return (whole) => preTokenizers.reduce<readonly TextPart[]>((parts, split) => parts.flatMap(split), [whole]);
}

const splitter =
  (pattern: Pattern, behavior: Behavior): PreTokenizer =>
  (part) =>
    splitPart(part, pattern(part.text), behavior);

const inverted =
  (pattern: Pattern): Pattern =>
  (text) =>
    pattern(text).map((span) => ({ ...span, matched: !span.matched }));

const WORDS_AND_MARKS = new RegExp(`${WORD}+|[^\\p{White_Space}${WORD}]+`, "gv");
const wordsAndMarks: Pattern = characterPattern(WORDS_AND_MARKS);

/** How GPT-2 splits text (openai/gpt-2, encoder.py). */
const GPT_2 = regexPattern(String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`);

function byteLevel(prefix: boolean, split: boolean): PreTokenizer {
  const spell = characterwise((text) => byteLevelOfBytes(byteStringOfText(text)));
  return (given) => {
    const part = prefix && !given.text.startsWith(" ") ? prepend(given, " ") : given;
    return (split ? splitPart(part, GPT_2(part.text), "Isolated") : [part]).map(spell);
  };
}

interface MetaspaceFields {
  readonly replacement: string;
  readonly add_prefix_space?: boolean | null | undefined;
  readonly prepend_scheme: "first" | "never" | "always";
  readonly split?: boolean | null | undefined;
}

function metaspace({ replacement, add_prefix_space, prepend_scheme, split }: MetaspaceFields): PreTokenizer {
  const scheme = add_prefix_space === false ? "never" : prepend_scheme;
  const wordStart = characterPattern(new RegExp(`[\\u{${replacement.codePointAt(0)!.toString(16)}}]`, "gu"));
  const spell = characterwise((text) => text.replaceAll(" ", () => replacement));
  return (given) => {
    const spelled = spell(given);
    const prepends = scheme === "always" || (scheme === "first" && spelled.lead > 0);
    const part = prepends && !spelled.text.startsWith(replacement) ? prepend(spelled, replacement) : spelled;
    return split === false ? [part] : splitPart(part, wordStart(part.text), "MergedWithNext");
  };
}

function fixedLength({ length }: { readonly length: number }): PreTokenizer {
  const pattern = characterPattern(new RegExp(`.{1,${length}}`, "gsu"));
  return (part) => splitPart(part, pattern(part.text), "Isolated");
}

import { z } from "zod";
import { byteLevelOfBytes } from "../vocabulary/byte-level.js";
import { byteStringOfText } from "../vocabulary/byte-string.js";
import { anyOf, component, sequence, type Build } from "./component.js";
import { NFCNormalizer, NFDNormalizer, NFKCNormalizer, NFKDNormalizer } from "./package.js";
import { patternSchema, type Pattern } from "./pattern.js";
import { charsmapSchema, precompiled } from "./precompiled.js";
import { characterwise, prepend, type TextPart } from "./text-part.js";
import {
  COMBINING_MARKS,
  CONTROLS,
  NON_SPACING_MARKS,
  normalForm,
  WHITE_SPACE,
  WHITE_SPACE_AT_END,
  WHITE_SPACE_IN_FRONT,
} from "./unicode.js";

/** Changes text before it is split. Source of each: the crate `tokenizers`, src/normalizers. */
export type Normalizer = (part: TextPart) => TextPart;

const none = z.looseObject({});

/** Makes a normalizer of its JSON. */
export const buildNormalizer: Build<Normalizer> = (config, place) => anyOf(NORMALIZERS)(config, place);

const NORMALIZERS: Readonly<Record<string, Build<Normalizer>>> = {
  NFC: component(none, () => unicode(new NFCNormalizer({}))),
  NFD: component(none, () => unicode(new NFDNormalizer({}))),
  NFKC: component(none, () => unicode(new NFKCNormalizer({}))),
  NFKD: component(none, () => unicode(new NFKDNormalizer({}))),
  Lowercase: component(none, () => characterwise(lowercase)),
  StripAccents: component(none, () => characterwise((text) => text.replace(COMBINING_MARKS, ""))),
  Nmt: component(none, () => characterwise(nmt)),
  ByteLevel: component(none, () => characterwise((text) => byteLevelOfBytes(byteStringOfText(text)))),
  Strip: component(z.looseObject({ strip_left: z.boolean(), strip_right: z.boolean() }), strip),
  Prepend: component(
    z.looseObject({ prepend: z.string() }),
    ({ prepend: prefix }) =>
      (part) =>
        prepend(part, prefix),
  ),
  Replace: component(z.looseObject({ pattern: patternSchema, content: z.string() }), replace),
  BertNormalizer: component(
    z.looseObject({
      clean_text: z.boolean(),
      handle_chinese_chars: z.boolean(),
      strip_accents: z.boolean().nullish(),
      lowercase: z.boolean(),
    }),
    bert,
  ),
  Precompiled: component(z.looseObject({ precompiled_charsmap: charsmapSchema }), precompiled),
  Sequence: sequence("normalizers", buildNormalizer, chain),
};

function chain(normalizers: readonly Normalizer[]): Normalizer {
  return (part) => normalizers.reduce((changed, normalize) => normalize(changed), part);
}

/** The first character becomes what its own normal form begins with; marks behind it may move in between. */
function unicode(form: { normalize(text: string): string }): Normalizer {
  const change = (text: string): string => normalForm(text, (known) => form.normalize(known));
  return ({ text, lead, atStart }) => {
    const changed = change(text);
    if (lead === 0) return { text: changed, lead, atStart };
    const own = change(text.slice(0, lead));
    let common = 0;
    while (common < own.length && own[common] === changed[common]) common++;
    return { text: changed, lead: Math.max(1, common), atStart };
  };
}

/** Letter by letter, because JavaScript lowers a sigma at the end of a word to another letter than elsewhere. */
const lowercase = (text: string): string =>
  text.replace(/\p{Changes_When_Lowercased}/gu, (letter) => letter.toLowerCase());

const nmt = (text: string): string =>
  text
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]/g, "")
    .replace(/[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g, " ");

function strip({
  strip_left,
  strip_right,
}: {
  readonly strip_left: boolean;
  readonly strip_right: boolean;
}): Normalizer {
  return ({ text, lead, atStart }) => {
    const front = strip_left ? (WHITE_SPACE_IN_FRONT.exec(text)?.[0].length ?? 0) : 0;
    const kept = text.slice(front);
    return {
      text: strip_right ? kept.replace(WHITE_SPACE_AT_END, "") : kept,
      lead: Math.max(0, lead - front),
      atStart,
    };
  };
}

function replace({ pattern, content }: { readonly pattern: Pattern; readonly content: string }): Normalizer {
  return ({ text, lead, atStart }) => {
    let changed = "";
    let changedLead = 0;
    for (const { start, end, matched } of pattern(text)) {
      changed += matched ? content : text.slice(start, end);
      // A replacement counts as standing where the last character of the match stood.
      if (matched && (end === 0 ? atStart : lead > 0 && end <= lead)) changedLead = changed.length;
      if (!matched && start < lead) changedLead = changed.length - Math.max(0, end - lead);
    }
    return { text: changed, lead: changedLead, atStart };
  };
}

interface BertFields {
  readonly clean_text: boolean;
  readonly handle_chinese_chars: boolean;
  readonly strip_accents?: boolean | null | undefined;
  readonly lowercase: boolean;
}

/** Chinese characters as BERT has them: Japanese kanji too, and no kana. */
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

function bert({ clean_text, handle_chinese_chars, strip_accents, lowercase: lower }: BertFields): Normalizer {
  const steps: Normalizer[] = [];
  if (clean_text) {
    steps.push(characterwise((text) => text.replace(CONTROLS, "").replace(WHITE_SPACE, " ")));
  }
  if (handle_chinese_chars) steps.push(characterwise((text) => text.replace(CHINESE, " $& ")));
  if (strip_accents ?? lower) {
    steps.push(
      unicode(new NFDNormalizer({})),
      characterwise((text) => text.replace(NON_SPACING_MARKS, "")),
    );
  }
  if (lower) steps.push(characterwise(lowercase));
  return chain(steps);
}

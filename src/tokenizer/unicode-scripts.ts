import type { TextPart } from "./text-part.js";
import { isNewerThanUnicode9 } from "./unicode.js";

/** The scripts of Unicode 9 with letters of their own; kana count as Han, as in SentencePiece. */
const SCRIPTS = (
  "Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki " +
  "Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee " +
  "Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari Duployan Egyptian_Hieroglyphs Elbasan Ethiopic Georgian " +
  "Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han Hangul Hanunoo Hatran Hebrew Imperial_Aramaic " +
  "Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Kayah_Li Kharoshthi Khmer " +
  "Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Malayalam Mandaic " +
  "Manichaean Marchen Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro " +
  "Multani Myanmar Nabataean New_Tai_Lue Newa Nko Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian " +
  "Old_Permic Old_Persian Old_South_Arabian Old_Turkic Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau " +
  "Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting " +
  "Sinhala Sora_Sompeng Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil " +
  "Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Ugaritic Vai Warang_Citi Yi"
).split(" ");

const EXPRESSIONS = [
  ...SCRIPTS.map((name) => [name, new RegExp(`^\\p{Script=${name}}`, "u")] as const),
  ["Han", /^[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ["Common", /^\p{Script=Common}/u],
] as const;

/** Characters that have another script since Unicode 9, and the mark of long vowels, which counts as kana. */
const SCRIPT_OF = new Map<string, string | undefined>([
  ["\u0589", "Common"],
  ["\u061c", "Common"],
  ["\u0953", "Devanagari"],
  ["\u0954", "Devanagari"],
  ["\u30fc", "Han"],
  [" ", undefined],
]);

/** Name of a character's script; undefined for a space and for characters without a script, which go with any. */
function scriptOf(character: string): string | undefined {
  if (!SCRIPT_OF.has(character)) {
    const found = isNewerThanUnicode9(character)
      ? undefined
      : EXPRESSIONS.find(([, letters]) => letters.test(character));
    SCRIPT_OF.set(character, found?.[0]);
  }
  return SCRIPT_OF.get(character);
}

/**
 * Splits where the script changes. As in the crate, characters that go with any script are lost when they come before all
 * others.
 */
export function splitByScript({ text, lead, atStart }: TextPart): readonly TextPart[] {
  const starts: number[] = [];
  let last: string | undefined;
  let at = 0;
  for (const character of text) {
    const script = scriptOf(character);
    if (script !== undefined && script !== last) {
      starts.push(at);
      last = script;
    }
    at += character.length;
  }
  return starts.map((start, index) => ({
    text: text.slice(start, starts[index + 1]),
    lead: Math.max(0, lead - start),
    atStart: atStart && start === 0,
  }));
}

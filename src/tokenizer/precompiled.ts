import { z } from "zod";
import type { TextPart } from "./text-part.js";

/** A grapheme of this many bytes or more is looked up character by character (sentencepiece, normalizer.cc). */
const LONG_GRAPHEME = 6;

/** The text by which SentencePiece's table replaces a text, where it has one. */
type Charsmap = (text: string) => string | undefined;

/**
 * SentencePiece's table, in base 64: the number of bytes of a double-array trie (darts-clone, 32-bit units), the trie, and
 * the texts, each ended by a zero byte. As in the crate `spm_precompiled`, the shortest prefix that the table has counts, and
 * replaces the whole.
 */
export const charsmapSchema = z.string().transform((base64, context): Charsmap => {
  const table = Buffer.from(base64, "base64");
  const trieBytes = table.length < 4 ? Infinity : table.readUInt32LE(0);
  if (trieBytes % 4 !== 0 || 4 + trieBytes > table.length) {
    context.addIssue("is cut off");
    return z.NEVER;
  }
  const trie = Uint32Array.from({ length: trieBytes / 4 }, (_, index) => table.readUInt32LE(4 + 4 * index));
  const texts = table.subarray(4 + trieBytes);
  return (text) => {
    const at = firstPrefix(trie, Buffer.from(text));
    return at === undefined ? undefined : texts.toString("utf8", at, textEnd(texts, at));
  };
});

/** Replaces each grapheme, or otherwise each of its characters, as a table says. */
export function precompiled({ precompiled_charsmap: written }: { readonly precompiled_charsmap: Charsmap }) {
  const normalize = (text: string): string => {
    let normalized = "";
    for (const grapheme of graphemesOf(text)) {
      const whole = Buffer.byteLength(grapheme) < LONG_GRAPHEME ? written(grapheme) : undefined;
      normalized += whole ?? [...grapheme].map((character) => written(character) ?? character).join("");
    }
    return normalized;
  };
  return ({ text, lead, atStart }: TextPart): TextPart => {
    const normalized = normalize(text);
    // Where the first character is left out, the crate takes the next one for it.
    const first = Math.min(1, normalized.length);
    const changedLead = lead === 0 ? 0 : Math.max(first, normalize(text.slice(0, lead)).length);
    return { text: normalized, lead: changedLead, atStart };
  };
}

function textEnd(texts: Buffer, at: number): number {
  const end = texts.indexOf(0, at);
  return end < 0 ? texts.length : end;
}

/** Value of the shortest key that `bytes` begin with. */
function firstPrefix(trie: Uint32Array, bytes: Buffer): number | undefined {
  let unit = trie[0] ?? 0;
  let node = offsetOf(unit);
  for (const byte of bytes) {
    if (byte === 0) return undefined;
    node ^= byte;
    unit = trie[node] ?? 0;
    if ((unit & 0x800000ff) !== byte) return undefined;
    node ^= offsetOf(unit);
    if ((unit & 0x100) !== 0) return (trie[node] ?? 0) & 0x7fffffff;
  }
  return undefined;
}

const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);

const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Most text is ASCII, whose graphemes are its characters, but for CR LF. */
function* graphemesOf(text: string): Generator<string> {
  if (/^(?:(?!\r\n)[\0-\x7f])*$/.test(text)) yield* text;
  else for (const { segment } of segmenter.segment(text)) yield segment;
}

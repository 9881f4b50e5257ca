import { bytesOfByteLevel } from "./byte-level.js";
import { byteStringOfText, textOfByteString, type ByteString } from "./byte-string.js";
import type { TokenizerKind } from "./token.js";
import type { Component, TokenizerFile } from "./tokenizer-json.js";

/** How one tokenizer spells bytes. */
export interface TokenCodec {
  readonly kind: TokenizerKind;
  /** The bytes that a token of the model stands for within a text. */
  readonly decode: (spelling: string) => ByteString;
  /** The byte that `<0xNN>` stands for, undefined for other spellings and without byte fallback. */
  readonly fallbackByte: (spelling: string) => ByteString | undefined;
}

/** The codec that the components of the file describe. */
export function tokenCodec(file: TokenizerFile): TokenCodec {
  const has = (type: string): boolean => file.components.some((part) => part.type === type);
  const wordStart = wordStartMarker(file.components);
  const fallbackByte = file.byteFallback ? byteOfFallback : () => undefined;
  if (file.modelType === "WordPiece") {
    return { kind: "WordPiece", decode: wordPieceDecoder(file.continuingPrefix ?? "##"), fallbackByte };
  }
  if (file.modelType === "WordLevel") return { kind: "WordLevel", decode: wordPieceDecoder("##"), fallbackByte };
  const plain = has("ByteLevel") ? decodeByteLevel : decodeMarked(wordStart);
  if (file.modelType === "Unigram") return { kind: "Unigram", decode: plain, fallbackByte };
  if (file.wordEndSuffix !== undefined) {
    return { kind: "BPE with word ends", decode: wordEndDecoder(file.wordEndSuffix, plain), fallbackByte };
  }
  if (has("ByteLevel")) return { kind: "byte-level BPE", decode: plain, fallbackByte };
  const kind = file.byteFallback || wordStart !== undefined ? "SentencePiece BPE" : "BPE";
  return { kind, decode: plain, fallbackByte };
}

/** The character that stands for a space: of Metaspace, or of a normalizer that replaces " " by it. */
function wordStartMarker(components: readonly Component[]): string | undefined {
  const metaspace = components.find((part) => part.type === "Metaspace");
  if (metaspace !== undefined) return metaspace.replacement ?? "▁";
  const replace = components.find(
    (part) => part.type === "Replace" && (part.pattern as { String?: unknown } | undefined)?.String === " ",
  );
  return replace?.content || undefined;
}

/** A token with a character outside the alphabet is taken as text, as the crate's ByteLevel decoder takes it. */
const decodeByteLevel = (spelling: string): ByteString => bytesOfByteLevel(spelling) ?? byteStringOfText(spelling);

function decodeMarked(marker: string | undefined): (spelling: string) => ByteString {
  if (marker === undefined) return byteStringOfText;
  return (spelling) => byteStringOfText(spelling.replaceAll(marker, " "));
}

const STARTS_WORD = /^[\p{L}\p{N}]/u;

/**
 * CLIP keeps no spaces and marks where words end. Most tokens such as `the</w>` are whole words, which other tokenizers spell
 * with the space before them, so they get one here. An ending such as `ing</w>` cannot be told from a word.
 */
function wordEndDecoder(suffix: string, decode: (spelling: string) => ByteString): (spelling: string) => ByteString {
  return (spelling) => {
    if (!spelling.endsWith(suffix)) return decode(spelling);
    const word = decode(spelling.slice(0, -suffix.length));
    return STARTS_WORD.test(textOfByteString(word) ?? "") ? ` ${word}` : word;
  };
}

/** BERT's pre-tokenizer cuts these off on both sides, so such a token says nothing about a space before it. */
const STANDS_ALONE = /^(?:[!-/:-@[-`{-~]|\p{P}|\p{Script=Han})$/u;

/** `##ing` continues a word; any other token starts one, after a space. */
function wordPieceDecoder(prefix: string): (spelling: string) => ByteString {
  return (spelling) => {
    if (spelling.startsWith(prefix) && spelling.length > prefix.length) {
      return byteStringOfText(spelling.slice(prefix.length));
    }
    return byteStringOfText(STANDS_ALONE.test(spelling) ? spelling : ` ${spelling}`);
  };
}

const FALLBACK = /^<0x([0-9A-Fa-f]{2})>$/;

export function byteOfFallback(spelling: string): ByteString | undefined {
  const hex = FALLBACK.exec(spelling)?.[1];
  return hex === undefined ? undefined : String.fromCharCode(Number.parseInt(hex, 16));
}

import { z } from "zod";
import { bytesOfByteLevel } from "../vocabulary/byte-level.js";
import { byteStringOfText } from "../vocabulary/byte-string.js";
import { anyOf, component, sequence, type Build } from "./component.js";
import { patternSchema, type Pattern } from "./pattern.js";

/** Turns tokens into pieces of text, which joined are the text. Source of each: the crate `tokenizers`, src/decoders. */
export type TokenDecoder = (tokens: readonly string[]) => readonly string[];

const none = z.looseObject({});
const perToken =
  (change: (token: string, index: number) => string): TokenDecoder =>
  (tokens) =>
    tokens.map(change);

/** Makes a decoder of its JSON. */
export const buildDecoder: Build<TokenDecoder> = (config, place) => anyOf(DECODERS)(config, place);

const DECODERS: Readonly<Record<string, Build<TokenDecoder>>> = {
  ByteLevel: component(none, () => byteLevel),
  ByteFallback: component(none, () => byteFallback),
  Fuse: component(none, () => (tokens) => [tokens.join("")]),
  Replace: component(z.looseObject({ pattern: patternSchema, content: z.string() }), replace),
  Strip: component(
    z.looseObject({ content: z.string(), start: z.int().nonnegative(), stop: z.int().nonnegative() }),
    strip,
  ),
  Metaspace: component(
    z.looseObject({
      replacement: z.string(),
      add_prefix_space: z.boolean().nullish(),
      prepend_scheme: z.enum(["first", "never", "always"]).default("always"),
    }),
    ({ replacement, add_prefix_space, prepend_scheme }) => {
      const starts = add_prefix_space !== false && prepend_scheme !== "never";
      return perToken((token, index) => token.replaceAll(replacement, starts && index === 0 ? "" : " "));
    },
  ),
  WordPiece: component(z.looseObject({ prefix: z.string(), cleanup: z.boolean() }), ({ prefix, cleanup }) =>
    perToken((token, index) => {
      const joined = index === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      return cleanup ? cleanUp(joined) : joined;
    }),
  ),
  BPEDecoder: component(
    z.looseObject({ suffix: z.string() }),
    ({ suffix }) =>
      (tokens) =>
        tokens.map((token, index) => token.replaceAll(suffix, index === tokens.length - 1 ? "" : " ")),
  ),
  CTC: component(z.looseObject({ pad_token: z.string(), word_delimiter_token: z.string(), cleanup: z.boolean() }), ctc),
  Sequence: sequence(
    "decoders",
    buildDecoder,
    (decoders) => (tokens) => decoders.reduce((parts, decode) => decode(parts), tokens),
  ),
};

/** A token with a character outside the alphabet, such as an added one, is text. */
function byteLevel(tokens: readonly string[]): string[] {
  const bytes = tokens.map((token) => bytesOfByteLevel(token) ?? byteStringOfText(token)).join("");
  return [new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.from(bytes, "latin1"))];
}

const BYTE_TOKEN = /^<0x[0-9A-Fa-f]{2}>$/;

/** A run of byte tokens is its text, or where it is no UTF-8 one U+FFFD a byte. */
function byteFallback(tokens: readonly string[]): string[] {
  const pieces: string[] = [];
  let run: number[] = [];
  const endRun = (): void => {
    if (run.length > 0) pieces.push(...textOfBytes(run));
    run = [];
  };
  for (const token of tokens) {
    if (BYTE_TOKEN.test(token)) run.push(Number.parseInt(token.slice(3, 5), 16));
    else {
      endRun();
      pieces.push(token);
    }
  }
  endRun();
  return pieces;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOfBytes(bytes: readonly number[]): string[] {
  try {
    return [strictUtf8.decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => "\ufffd");
  }
}

function replace({ pattern, content }: { readonly pattern: Pattern; readonly content: string }): TokenDecoder {
  return perToken((token) =>
    pattern(token)
      .map(({ start, end, matched }) => (matched ? content : token.slice(start, end)))
      .join(""),
  );
}

interface StripFields {
  readonly content: string;
  readonly start: number;
  readonly stop: number;
}

/** Up to `start` of one character in front of each token, and up to `stop` behind it. */
function strip({ content, start, stop }: StripFields): TokenDecoder {
  return perToken((token) => {
    const characters = [...token];
    let from = 0;
    while (from < Math.min(start, characters.length) && characters[from] === content) from++;
    let to = characters.length;
    while (to > Math.max(0, characters.length - stop) && characters[to - 1] === content) to--;
    return characters.slice(from, Math.max(from, to)).join("");
  });
}

interface CtcFields {
  readonly pad_token: string;
  readonly word_delimiter_token: string;
  readonly cleanup: boolean;
}

function ctc({ pad_token, word_delimiter_token, cleanup }: CtcFields): TokenDecoder {
  return (tokens) =>
    tokens
      .filter((token, index) => token !== tokens[index - 1])
      .map((token) => {
        const spoken = token.replaceAll(pad_token, "");
        return cleanup ? cleanUp(spoken).replaceAll(word_delimiter_token, " ") : spoken;
      })
      .filter((token) => token !== "");
}

const CLEANED: readonly (readonly [from: string, to: string])[] = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

const cleanUp = (text: string): string => CLEANED.reduce((cleaned, [from, to]) => cleaned.replaceAll(from, to), text);

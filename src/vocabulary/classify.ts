import { byteStringOfText, textOfByteString, type ByteString } from "./byte-string.js";
import { looksLikeControl, looksReserved, looksUnused, namesKnownRole } from "./roles.js";
import type { TokenCodec } from "./token-codec.js";
import type { TokenKind } from "./token.js";

/** A spelling, and what the files say about it. */
export interface RawToken {
  readonly string: string;
  /** Whether the model has this spelling under this id. */
  readonly inModel: boolean;
  readonly added: boolean;
  readonly special: boolean;
}

export interface Meaning {
  readonly kind: TokenKind;
  /** Present for text and byte tokens. */
  readonly bytes?: ByteString;
}

/** Decides what a token is for, by the first rule that fits. */
export function meaningOf(token: RawToken, codec: TokenCodec): Meaning {
  const { string } = token;
  if (looksUnused(string)) return { kind: "unused" };
  const control = token.special || (token.added && isUnmarkedControl(token));
  if (control) return { kind: looksReserved(string) ? "reserved" : "special" };
  const fallback = codec.fallbackByte(string);
  if (fallback !== undefined) return { kind: "byte", bytes: fallback };
  // Added text that the model lacks is found before the model sees the text, so its spelling is its text.
  const bytes = token.inModel ? codec.decode(string) : byteStringOfText(string);
  if (bytes === "") return { kind: "unused" };
  return { kind: bytes.length === 1 && textOfByteString(bytes) === undefined ? "byte" : "text", bytes };
}

/**
 * Control tokens that their file does not call special, such as Qwen's `<tool_call>` and Phi-3's `</s>`. Markup that the
 * model itself can spell, such as Gemma's `<table>`, is text.
 */
function isUnmarkedControl({ string, inModel }: RawToken): boolean {
  return looksLikeControl(string) && (!inModel || namesKnownRole(string));
}

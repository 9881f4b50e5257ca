import { byteLevelOfBytes, bytesOfByteLevel } from "./byte-level.js";
import { charactersOfByteString, textOfByteString } from "./byte-string.js";
import type { SourceToken } from "./source-token.js";

/**
 * A token for people, spelled as its tokenizer spells it, with a visible word start (`Ġsmall`, `▁small`). Only what the
 * byte-level alphabet hides is decoded: `æĹ¥` is `日`, half a character is `<E6>`.
 */
export function readableToken({ string, bytes }: Pick<SourceToken, "string" | "bytes">): string {
  if (bytes === undefined || bytesOfByteLevel(string) !== bytes) return string;
  return charactersOfByteString(bytes).map(readableCharacter).join("");
}

function readableCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (character.length === 1 && code < 0x80) return byteLevelOfBytes(character);
  return textOfByteString(character) ?? `<${code.toString(16).toUpperCase()}>`;
}

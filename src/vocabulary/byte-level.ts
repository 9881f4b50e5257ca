import type { ByteString } from "./byte-string.js";

/**
 * The byte-level alphabet of GPT-2: each byte has one printable character. The 188 bytes that print as Latin-1 stand
 * for themselves, the other 68 take U+0100 onwards in order (Radford et al. 2019, encoder.py, bytes_to_unicode).
 */
const CHARACTER_OF_BYTE: readonly number[] = (() => {
  const prints = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => (prints(byte) ? byte : next++));
})();

/** (0x144) byte of each character of the alphabet, -1 for characters outside it. */
const BYTE_OF_CHARACTER: Int16Array = (() => {
  const table = new Int16Array(Math.max(...CHARACTER_OF_BYTE) + 1).fill(-1);
  CHARACTER_OF_BYTE.forEach((character, byte) => (table[character] = byte));
  return table;
})();

/** The longest token that is decoded without allocating; longer ones are rare. */
const scratch = Buffer.alloc(1024);

/** Bytes of a byte-level token, or undefined when a character is outside the alphabet. */
export function bytesOfByteLevel(token: string): ByteString | undefined {
  const target = token.length <= scratch.length ? scratch : Buffer.alloc(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF_CHARACTER[token.charCodeAt(i)] ?? -1;
    if (byte < 0) return undefined;
    target[i] = byte;
  }
  return target.toString("latin1", 0, token.length);
}

/** Spelling of bytes in the byte-level alphabet: " the" is "Ġthe". */
export function byteLevelOfBytes(byteString: ByteString): string {
  let token = "";
  for (let i = 0; i < byteString.length; i++)
    token += String.fromCharCode(CHARACTER_OF_BYTE[byteString.charCodeAt(i)]!);
  return token;
}

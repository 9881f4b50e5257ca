/**
 * Bytes as a string of char codes 0 to 255, one for each byte. Map keys and comparison want strings, and V8 keeps these at
 * one byte for each char. Every byte sequence has exactly one byte string.
 */
export type ByteString = string;

const ASCII = /^[\0-\x7f]*$/;

/** UTF-8 of a text. */
export function byteStringOfText(text: string): ByteString {
  return ASCII.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that the bytes spell; undefined where they are not valid UTF-8, such as part of a character. */
export function textOfByteString(byteString: ByteString): string | undefined {
  if (ASCII.test(byteString)) return byteString;
  try {
    return strictUtf8.decode(Buffer.from(byteString, "latin1"));
  } catch {
    return undefined;
  }
}

/**
 * Cuts bytes into UTF-8 characters. A byte that belongs to no complete character is a piece of its own.
 *
 * @returns pieces; joined they are the input
 */
export function charactersOfByteString(byteString: ByteString): ByteString[] {
  const characters: ByteString[] = [];
  for (let start = 0; start < byteString.length;) {
    const length = sequenceLength(byteString.charCodeAt(start));
    const candidate = byteString.slice(start, start + length);
    const character = textOfByteString(candidate) === undefined ? candidate.charAt(0) : candidate;
    characters.push(character);
    start += character.length;
  }
  return characters;
}

function sequenceLength(leadByte: number): number {
  if (leadByte < 0xc0) return 1;
  if (leadByte < 0xe0) return 2;
  return leadByte < 0xf0 ? 3 : 4;
}

/** The text that the bytes spell, for people; bytes of no character become `<E2>`. */
export function readableByteString(byteString: ByteString): string {
  return charactersOfByteString(byteString)
    .map((character) => textOfByteString(character) ?? `<${character.charCodeAt(0).toString(16).toUpperCase()}>`)
    .join("");
}

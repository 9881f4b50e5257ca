/**
 * Bytes as a string of char codes 0 to 255, one per byte: what Map keys and string comparison want, at one byte per
 * char in V8. Every byte sequence has exactly one byte string.
 */
export type ByteString = string;

const ASCII = /^[\0-\x7f]*$/;

/** UTF-8 of a text. */
export function byteStringOfText(text: string): ByteString {
  return ASCII.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that the bytes spell, or undefined where they are no valid UTF-8, such as part of a character. */
export function textOfByteString(byteString: ByteString): string | undefined {
  if (ASCII.test(byteString)) return byteString;
  try {
    return strictUtf8.decode(Buffer.from(byteString, "latin1"));
  } catch {
    return undefined;
  }
}

/**
 * Cuts bytes into UTF-8 characters; a byte that belongs to no complete character stands alone.
 *
 * @returns pieces that joined are the input
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

/** For people: the text that the bytes spell, bytes of no character as `<E2>`. */
export function readableByteString(byteString: ByteString): string {
  return charactersOfByteString(byteString)
    .map((character) => textOfByteString(character) ?? `<${character.charCodeAt(0).toString(16).toUpperCase()}>`)
    .join("");
}

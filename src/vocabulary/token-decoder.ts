import type { ByteString } from "./byte-string.js";

/** Turns ids into text as they come, so that no character is shown before all of its bytes are there. */
export interface TokenDecoder {
  /** Text that became complete with this token; often empty inside a character. */
  push(id: number): string;
  /** What is left: an incomplete character becomes U+FFFD. */
  end(): string;
}

export interface TokenDecoderOptions {
  /** Bytes of a token; empty for special tokens. */
  readonly bytesOf: (id: number) => ByteString;
  /** Whether the one space that a text begins with is the tokenizer's own. */
  readonly dropsFirstSpace: boolean;
}

/** Joins the bytes of tokens and decodes them as one UTF-8 stream. */
export function createTokenDecoder({ bytesOf, dropsFirstSpace }: TokenDecoderOptions): TokenDecoder {
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  let atStart = dropsFirstSpace;
  return {
    push(id) {
      let bytes = bytesOf(id);
      if (atStart && bytes !== "") {
        atStart = false;
        if (bytes.startsWith(" ")) bytes = bytes.slice(1);
      }
      return utf8.decode(Buffer.from(bytes, "latin1"), { stream: true });
    },
    end: () => utf8.decode(),
  };
}

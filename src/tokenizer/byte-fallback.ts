/** Spellings of the tokens that stand for single bytes, `<0x0A>`, in the order of the bytes. */
const BYTE_TOKENS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
);

/** Ids of the byte tokens of a text's UTF-8; undefined when one of them is missing. */
export function fallbackIds(text: string, idOf: (token: string) => number | undefined): number[] | undefined {
  const ids = [...Buffer.from(text)].map((byte) => idOf(BYTE_TOKENS[byte]!));
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

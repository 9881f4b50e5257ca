/** A test for `generate` that ends an answer when its text holds one of `strings`; `decode` turns tokens into text. */
export function stopStrings(
  strings: readonly string[],
  decode: (tokens: readonly number[]) => string,
): (tokens: readonly number[]) => boolean {
  return (tokens) => {
    const text = decode(tokens);
    return strings.some((string) => text.includes(string));
  };
}

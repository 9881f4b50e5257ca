/** First of the characters that picture U+0000 to U+001F. */
const CONTROL_PICTURES = 0x2400;

function picture(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(CONTROL_PICTURES + code);
  return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}

/**
 * A line as a terminal can show it: line breaks and control characters become visible, so that a file's name or a
 * question's id cannot move the cursor. What is visible already stays as it is.
 */
export const printable = (line: string): string => line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, picture);

/** Text as one line: as `printable`, but what only joins or directs the characters around it stays. */
export const singleLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, picture);

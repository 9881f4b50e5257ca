import { InputError } from "../errors.js";

export type ImageFormat = "JPEG" | "PNG" | "WebP" | "GIF";

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

/** Formats by their first bytes; the file's name is not asked, since data sets name PNG files .jpg. */
const SIGNATURES: readonly (readonly [ImageFormat, (bytes: Uint8Array) => boolean])[] = [
  ["JPEG", (bytes) => latin1(bytes, 0, 3) === "\xff\xd8\xff"],
  ["PNG", (bytes) => latin1(bytes, 0, 8) === "\x89PNG\r\n\x1a\n"],
  ["WebP", (bytes) => latin1(bytes, 0, 4) === "RIFF" && latin1(bytes, 8, 12) === "WEBP"],
  ["GIF", (bytes) => ["GIF87a", "GIF89a"].includes(latin1(bytes, 0, 6))],
];

/**
 * Tells the format from the first bytes.
 *
 * @throws InputError for every other format, SVG and TIFF among them
 */
export function imageFormat(bytes: Uint8Array, name: string): ImageFormat {
  const found = SIGNATURES.find(([, matches]) => matches(bytes));
  if (found !== undefined) return found[0];
  const start = bytes.length === 0 ? "it is empty" : `it starts with ${JSON.stringify(latin1(bytes, 0, 8))}`;
  const formats = SIGNATURES.map(([format]) => format).join(", ");
  throw new InputError(`${name}: is not an image of a supported format (${formats}): ${start}`);
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { decodeImage, MAX_IMAGE_PIXELS } from "../../src/image/decode.js";
import { goldens, hex, IMAGES, sha256 } from "./image-goldens.js";

describe("decodeImage", () => {
  test.each(goldens.decode.map((golden) => [golden.file, golden.mode, golden] as const))(
    "%s, Pillow's mode %s, has Pillow's RGB pixels",
    async (file, _mode, golden) => {
      const { width, height, data } = await decodeImage(join(IMAGES, file));
      expect({ width, height }).toEqual({ width: golden.width, height: golden.height });
      expect(hex(data.subarray(0, width * 3))).toBe(golden.firstRow);
      expect(sha256(data)).toBe(golden.sha256);
    },
  );

  test("bytes decode as the file does", async () => {
    const path = join(IMAGES, "png-rgb.png");
    expect(sha256((await decodeImage(readFileSync(path))).data)).toBe(sha256((await decodeImage(path)).data));
  });
});

/** A PNG's first bytes: signature and header only. */
function pngHeader(width: number, height: number): Uint8Array {
  const png = Buffer.from(readFileSync(join(IMAGES, "png-rgb.png")));
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

describe("images that cannot be decoded", () => {
  const half = (file: string): Uint8Array => {
    const bytes = readFileSync(join(IMAGES, file));
    return bytes.subarray(0, bytes.length / 2);
  };
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const gif = readFileSync(join(IMAGES, "gif-small-frame.gif"));
  const withoutTable = Uint8Array.from([...gif.subarray(0, 10), gif[10]! & 0x7f, ...gif.subarray(11, 13)]);

  test.each([
    ["a truncated JPEG", half("jpeg-420.jpg"), /^x: this JPEG cannot be decoded: /],
    ["a truncated PNG", half("png-rgb.png"), /^x: this PNG cannot be decoded: /],
    ["a truncated WebP", half("webp-lossy.webp"), /^x: this WebP cannot be decoded: /],
    ["a truncated GIF", half("gif-opaque.gif"), /^x: this GIF cannot be decoded: /],
    ["a header without an image", text("GIF89a"), /^x: this GIF cannot be decoded: /],
    ["an empty file", text(""), /^x: is not an image of a supported format \(JPEG, PNG, WebP, GIF\): it is empty$/],
    ["a web page", text("<!DOCTYPE html>"), /^x: is not an image .*: it starts with "<!DOCTYP"$/],
    ["an SVG", text('<svg xmlns="http://www.w3.org/2000/svg"/>'), /^x: is not an image .*: it starts with "<svg xml"$/],
    [
      "a GIF without a colour table",
      Uint8Array.from([...withoutTable, ...gif.subarray(13 + 48)]),
      /^x: this GIF has no colour table; save it again as PNG$/,
    ],
    [
      "an image of too many pixels",
      pngHeader(20000, 9500),
      new RegExp(`^x: has 20000 x 9500 pixels, at most ${MAX_IMAGE_PIXELS} are decoded; make it smaller first$`),
    ],
  ])("%s is an input error that names it", async (_what, bytes, message) => {
    const decoding = decodeImage(bytes, "x");
    await expect(decoding).rejects.toThrow(InputError);
    await expect(decoding).rejects.toThrow(message);
  });

  test("an absent file is named by its path", async () => {
    await expect(decodeImage(join(IMAGES, "none.jpg"))).rejects.toThrow(/none\.jpg: .*no such file/);
  });
});

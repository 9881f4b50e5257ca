import { expect, jest, test } from "@jest/globals";
import { UnavailableError } from "../../src/errors.js";

jest.unstable_mockModule("sharp", () => {
  throw new Error("Cannot find package 'sharp' imported from decode.js\nand a second line");
});

test("without sharp the error names the command that adds it", async () => {
  const { decodeImage } = await import("../../src/image/decode.js");
  const decoding = decodeImage(Uint8Array.of(0xff, 0xd8, 0xff), "photo.jpg");
  await expect(decoding).rejects.toThrow(UnavailableError);
  await expect(decoding).rejects.toThrow(
    /^photo\.jpg: needs the package sharp, which cannot be loaded \(Cannot find package 'sharp' .*decode\.js\); add it with: npm install sharp$/,
  );
});

import { describe, expect, test } from "@jest/globals";
import { resize } from "../../src/image/resize.js";
import { goldens, hex, noise, sha256 } from "./image-goldens.js";

describe("resize", () => {
  test.each(goldens.resize.map((golden) => [golden.filter, golden.source, golden.target, golden] as const))(
    "%s of %j to %j gives Pillow's pixels",
    (filter, [width, height], target, golden) => {
      const image = resize(noise(width, height), target[1], target[0], filter);
      expect([image.width, image.height]).toEqual(target);
      expect(hex(image.data.subarray(0, 24))).toBe(golden.firstPixels);
      expect(sha256(image.data)).toBe(golden.sha256);
    },
  );
});

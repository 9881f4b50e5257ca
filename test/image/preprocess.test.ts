import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parseImageProcessor } from "../../src/model/vision/image-processors.js";
import { blankPixelValues, preprocessFile, preprocessImage } from "../../src/image/preprocess.js";
import { goldens, IMAGES, noise, sha256 } from "./image-goldens.js";

describe("preprocessImage", () => {
  test.each(
    goldens.preprocess.map((golden) => [golden.processor, golden.source, golden.imageAspectRatio, golden] as const),
  )(
    "%s of %j with image_aspect_ratio %s is transformers' tensor bit for bit",
    (name, [width, height], ratio, golden) => {
      const processor = parseImageProcessor(goldens.processors[name], name);
      const values = preprocessImage(noise(width, height), processor, { imageAspectRatio: ratio });
      expect([3, values.height, values.width]).toEqual(golden.shape);
      const last = values.data.length - 1;
      expect(golden.values.map((_, i) => values.data[Math.floor((i * last) / 4)])).toEqual(golden.values);
      expect(sha256(new Uint8Array(values.data.buffer))).toBe(golden.sha256);
    },
  );

  test("a processor that pads does what image_aspect_ratio pad asks for", () => {
    const [config, image] = [{ size: 20, crop_size: 20 }, noise(31, 17)];
    const pads = parseImageProcessor({ ...config, image_processor_type: "LlavaImageProcessor", do_pad: true }, "x");
    const padded = preprocessImage(image, parseImageProcessor(config, "x"), { imageAspectRatio: "pad" });
    expect(preprocessImage(image, pads)).toEqual(padded);
    expect(preprocessImage(image, pads, { imageAspectRatio: "pad" })).toEqual(padded);
    expect(preprocessImage(image, parseImageProcessor(config, "x"))).not.toEqual(padded);
  });

  test("an image that padding or resizing would blow up beyond the pixel limit is refused with the size", () => {
    const thin = { width: 30000, height: 1, data: new Uint8Array(90000) };
    const processor = parseImageProcessor({}, "defaults");
    expect(() => preprocessImage(thin, processor, { imageAspectRatio: "pad", name: "thin.png" })).toThrow(
      /^thin\.png: 30000 x 1 pixels become 30000 x 30000 .*at most 178956970/,
    );
    expect(() => preprocessImage(thin, processor, { name: "thin.png" })).toThrow(
      /^thin\.png: 30000 x 1 pixels become 6720000 x 224 /,
    );
  });

  test("a file is decoded first", async () => {
    const processor = parseImageProcessor({ size: 20, crop_size: 20 }, "small");
    const values = await preprocessFile(join(IMAGES, "jpeg-420.jpg"), processor, { imageAspectRatio: "pad" });
    expect([values.height, values.width, values.data.length]).toEqual([20, 20, 1200]);
    // The first row is padding: the mean colour cut to 8 bits is a little under the mean.
    expect(values.data[0]).toBeCloseTo((122 / 255 - 0.48145466) / 0.26862954, 6);
  });

  test("the blank image is zeros", () => {
    expect(blankPixelValues({ height: 2, width: 3 })).toEqual({ height: 2, width: 3, data: new Float32Array(18) });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { loadImageProcessor, parseImageProcessor } from "../../src/model/vision/image-processors.js";

describe("parseImageProcessor", () => {
  test("the old spelling and the new one mean the same", () => {
    const old = parseImageProcessor(
      { size: 336, crop_size: 336, feature_extractor_type: "CLIPFeatureExtractor" },
      "old",
    );
    const now = {
      size: { shortest_edge: 336 },
      crop_size: { height: 336, width: 336 },
      do_rescale: true,
      do_pad: null,
    };
    expect(parseImageProcessor(now, "new")).toEqual(old);
    expect(old).toMatchObject({ resize: { shortestEdge: 336 }, crop: { height: 336, width: 336 }, filter: "bicubic" });
  });

  test("default_to_square makes a number a square", () => {
    expect(parseImageProcessor({ size: 64, default_to_square: true }, "x").resize).toEqual({ height: 64, width: 64 });
  });

  test("LLaVA's own processor pads when it is told to, and is CLIP's otherwise", () => {
    const llava = { image_processor_type: "LlavaImageProcessor" };
    expect(parseImageProcessor({ ...llava, do_pad: true }, "x")).toEqual({
      ...parseImageProcessor({}, "x"),
      pad: true,
    });
    expect(parseImageProcessor({ ...llava, do_pad: false }, "x")).toEqual(parseImageProcessor({}, "x"));
    expect(parseImageProcessor(llava, "x")).toEqual(parseImageProcessor({}, "x"));
  });

  test.each([
    [{ resample: 0 }, /^x: "resample": is 0, expected 1 \(lanczos\), 2 \(bilinear\) or 3 \(bicubic\)$/],
    [
      { size: { longest_edge: 336 } },
      /^x: "size": is \{"longest_edge":336\}, expected a number, \{"shortest_edge"\}, \{"height", "width"\}/,
    ],
    [{ size: 0 }, /^x: "size": is 0, expected whole numbers of 1 to 4096$/],
    [{ crop_size: 100000 }, /^x: "crop_size": is 100000, expected whole numbers of 1 to 4096$/],
    [{ image_mean: [0.5] }, /^x: "image_mean": is \[0\.5\], expected three numbers$/],
    [{ image_std: [0.5, 0, 0.5] }, /^x: "image_std": is \[0\.5,0,0\.5\], expected three numbers of 0\.000001 or more$/],
    [{ image_std: [1, 1, 1e-320] }, /^x: "image_std": is \[1,1,1e-320\], expected three numbers of 0\.000001 or more$/],
    [{ image_mean: [0, 1e300, 0] }, /^x: "image_mean": is \[0,1e\+300,0\], expected three numbers of 1000000 or less$/],
    [{ rescale_factor: 1e39 }, /^x: "rescale_factor": is 1e\+39, expected a number above 0, 1000000 at most$/],
    [
      { image_processor_type: "ViTImageProcessor" },
      /^x: "image_processor_type": is "ViTImageProcessor", expected one of CLIPImageProcessor, /,
    ],
    [{ do_pad: true }, /^x: "do_pad": is true, expected false: it is not supported$/],
    [[], /^x: the whole file: /],
  ])("%j is refused by name", (config, message) => {
    expect(() => parseImageProcessor(config, "x")).toThrow(InputError);
    expect(() => parseImageProcessor(config, "x")).toThrow(message);
  });
});

describe("loadImageProcessor", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "langbridge-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("a folder without one says where to get it", async () => {
    await expect(loadImageProcessor(folder)).rejects.toThrow(/holds no preprocessor_config\.json.*copy it from/);
  });

  test("processor_config.json serves where preprocessor_config.json is absent, and that file wins", async () => {
    writeFileSync(
      join(folder, "processor_config.json"),
      JSON.stringify({ image_processor: { size: 70, crop_size: 70 } }),
    );
    expect((await loadImageProcessor(folder)).crop).toEqual({ height: 70, width: 70 });
    writeFileSync(join(folder, "preprocessor_config.json"), JSON.stringify({ size: 56, crop_size: 56 }));
    expect((await loadImageProcessor(folder)).crop).toEqual({ height: 56, width: 56 });
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeImage } from "../../../dist/src/image/decode.js";
import { preprocessFile } from "../../../dist/src/image/preprocess.js";
import { loadImageProcessor } from "../../../dist/src/model/vision/image-processors.js";
import { crc32 } from "../../../dist/src/checkpoint/torch/crc32.js";
import { filesOf, GOLDENS, readJson, WORLD, write } from "../files.js";
import { jsonText, mutateBytes, mutateJson, mutateText } from "../mutate.js";

const SIZES = [0, 1, 2, 1000, 0x10000, 0x7fffffff, 0xffffffff, 178_956_970];

/** A PNG that claims another size or kind of pixels; its checksum fits, so that the decoder believes it. */
function claiming(random, png) {
  const changed = Buffer.from(png);
  if (random.chance(0.7)) changed.writeUInt32BE(random.pick(SIZES), random.pick([16, 20]));
  else changed[24 + random.below(5)] = random.pick([0, 1, 2, 3, 4, 6, 8, 16, 255]);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)) >>> 0, 29);
  return changed;
}

export async function makeImages() {
  const images = filesOf(join(GOLDENS, "images"), ".png", ".jpg", ".gif", ".webp").map((path) => readFileSync(path));
  const pngs = images.filter((bytes) => bytes.toString("latin1", 1, 4) === "PNG");
  const processor = await loadImageProcessor(join(WORLD, "vision"));
  return async (random) => {
    const image = random.pick(images);
    const bytes = random.way(
      () => mutateBytes(random, image),
      () => image.subarray(0, random.below(image.length)),
      () => claiming(random, random.pick(pngs)),
      () =>
        Buffer.concat([image.subarray(0, random.below(image.length)), random.pick(images).subarray(random.below(20))]),
      () =>
        Buffer.from(
          random.pick([
            "",
            "GIF89a",
            "\u0089PNG\r\n\u001a\n",
            "<svg/>",
            "<!doctype html>",
            "RIFF\0\0\0\0WEBP",
            "\u00ff\u00d8\u00ff",
          ]),
          "latin1",
        ),
    );
    const { width, height, data } = await decodeImage(bytes, "picture");
    if (data.length !== width * height * 3) throw new Error(`${data.length} bytes for ${width} x ${height} pixels`);
    const values = await preprocessFile(bytes, processor, {
      imageAspectRatio: random.pick(["pad", "square"]),
      name: "picture",
    });
    if (values.data.some((value) => !Number.isFinite(value))) throw new Error("pixels that are no numbers");
  };
}

/** preprocessor_config.json, with a real picture. */
export function makeProcessors(folder) {
  const base = readJson(WORLD, "vision", "preprocessor_config.json");
  const kinds = [
    base,
    { ...base, size: 32, crop_size: 32, feature_extractor_type: "CLIPFeatureExtractor" },
    { ...base, image_processor_type: "LlavaImageProcessor", do_pad: true },
  ];
  const odd = [
    { shortest_edge: 4096 },
    { height: 4096, width: 1 },
    [4096, 4096],
    4097,
    0,
    [1e-300, 1, 1],
    [1e300, 1, 1],
    1e308,
    -1,
    { longest_edge: 5 },
  ];
  const picture = join(WORLD, "images", "scene_0000.png");
  return async (random) => {
    const config = structuredClone(random.pick(kinds));
    if (random.chance(0.4)) config[random.pick(Object.keys(config))] = random.pick(odd);
    const text = random.chance(0.15)
      ? mutateText(random, JSON.stringify(config))
      : jsonText(random.chance(0.7) ? mutateJson(random, config) : config);
    write(join(folder, "preprocessor_config.json"), text);
    const processor = await loadImageProcessor(folder);
    const { data, width, height } = await preprocessFile(picture, processor, {
      imageAspectRatio: random.pick(["pad", "square"]),
    });
    if (data.length !== 3 * width * height) throw new Error(`${data.length} values for ${width} x ${height} pixels`);
    if (data.some((value) => !Number.isFinite(value))) throw new Error("pixels that are no numbers");
  };
}

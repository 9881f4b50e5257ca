import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parseImageScheme, transformersTiles, withoutBreaks } from "../../src/image/image-scheme.js";
import {
  checkViewSettings,
  countPictureVectors,
  pictureViews,
  type ViewSettings,
} from "../../src/image/picture-views.js";
import { countVectors, joinViews } from "../../src/image/view-layout.js";
import { loadImageProcessor, parseImageProcessor } from "../../src/model/vision/image-processors.js";
import { loadModel } from "../../src/runtime/parts/load-model.js";
import { concatRows } from "../../src/tensor/float-arrays.js";
import { readLineBreak } from "../../src/vlm/line-break.js";
import { openTunedModel } from "../../src/vlm/llava-source.js";
import { relativeError } from "../helpers/goldens.js";
import { writeNumberedModel, type NumberedModel } from "../helpers/numbered-weights.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { noise } from "../image/image-goldens.js";

/** What transformers answers to questions about pictures of many shapes; test/goldens/make/tiled_models.py made it. */
interface TiledModel extends NumberedModel {
  readonly processor: object;
  readonly questions: readonly {
    /** (width, height). */
    readonly pictures: readonly (readonly [number, number])[];
    /** Vectors of each picture. */
    readonly counts: readonly number[];
    /** Seven numbers of every view. */
    readonly views: readonly (readonly number[])[];
    readonly logits: readonly number[];
    readonly tokens: readonly number[];
  }[];
}

const GOLDENS = JSON.parse(readFileSync(join(import.meta.dirname, "..", "goldens", "tiled-models.json"), "utf8")) as {
  readonly counts: readonly {
    readonly size: readonly [number, number];
    readonly next: number;
    readonly onevision: number;
  }[];
  readonly models: readonly TiledModel[];
};

const root = temporaryFolder();

const sampled = (view: Float32Array): number[] =>
  Array.from({ length: 7 }, (_, k) => view[Math.round((k * (view.length - 1)) / 6)]!);

describe("transformers' models", () => {
  test.each(GOLDENS.models.map((golden) => [golden.name, golden] as const))(
    "%s sees pictures of ten shapes, and answers, as transformers does",
    async (_, golden) => {
      const folder = writeNumberedModel(root, golden);
      writeFileSync(join(folder, "preprocessor_config.json"), JSON.stringify(golden.processor));
      const source = await openTunedModel({ model: folder, hubCache: root });
      const { vision, visionOptions, projector: adapter, imageScheme: scheme } = source;
      const processor = await loadImageProcessor(folder);
      const lineBreak = await readLineBreak(source);
      const model = await loadModel({ llm: folder, vision, visionOptions, adapter, threads: 1, cacheFolder: root });
      const [llm, tower] = [model.llm!, model.vision!];
      const settings: ViewSettings = { processor, scheme, tower: tower.info };
      checkViewSettings(settings, folder);
      try {
        for (const { pictures, counts, views, logits, tokens } of golden.questions) {
          const isOneOfSeveral = pictures.length > 1;
          const seen = pictures.map(([width, height]) =>
            pictureViews(noise(width, height), settings, { isOneOfSeveral }),
          );
          const numbers = seen.flatMap((picture) => picture.views.map(({ data }) => sampled(data)));
          expect(numbers).toHaveLength(views.length);
          numbers.flat().forEach((value, i) => expect(Math.abs(value - views.flat()[i]!)).toBeLessThan(1e-6));
          const pieces = [llm.embed([5, 17])];
          for (const picture of seen) {
            const projected: Float32Array[] = [];
            for (const { data } of picture.views) {
              projected.push((await model.adapter!.project(await tower.features(data))).embeddings);
            }
            pieces.push(joinViews(picture.layout, projected, lineBreak), llm.embed([9]));
          }
          // Known before anything is run.
          const planned = pictures.map(([width, height]) =>
            countPictureVectors({ width, height }, settings, { isOneOfSeveral }),
          );
          expect([
            planned,
            pieces
              .slice(1)
              .filter((_, i) => i % 2 === 0)
              .map((piece) => piece.length / 32),
          ]).toEqual([counts, counts]);
          const embeddings = concatRows(...pieces, llm.embed([22, 40, 3]));
          expect([pictures, relativeError(await llm.logits({ embeddings }), logits) < 1e-4]).toEqual([pictures, true]);
          const answer = await llm.generate({ embeddings, maxTokens: tokens.length });
          expect(answer.tokens).toEqual(tokens);
        }
      } finally {
        await model.dispose();
      }
    },
  );
});

const NEXT = [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]]; // prettier-ignore
const SIX = [1, 2, 3, 4, 5, 6];
const ONEVISION = SIX.flatMap((i) => SIX.map((j) => [384 * i, 384 * j]));
const clip = { imageSize: 336, patches: 576 };
const siglip = { imageSize: 384, patches: 729 };

describe("vectors of pictures of real sizes", () => {
  test.each(GOLDENS.counts.map((row) => [row.size, row] as const))("%j", ([width, height], { next, onevision }) => {
    const scheme = transformersTiles({ image_grid_pinpoints: NEXT }, "x", { pools: false });
    expect(countPictureVectors({ width, height }, { scheme, tower: clip })).toBe(next);
    const pools = transformersTiles({ image_grid_pinpoints: ONEVISION }, "x", { pools: true });
    expect(countPictureVectors({ width, height }, { scheme: pools, tower: siglip })).toBe(onevision);
  });

  test("LLaVA's own code takes a tall grid for a small picture where transformers takes a wide one", () => {
    const config = { image_aspect_ratio: "anyres", mm_patch_merge_type: "spatial_unpad", image_grid_pinpoints: NEXT };
    const small = { width: 300, height: 200 };
    expect(countPictureVectors(small, { scheme: parseImageScheme(config, "x"), tower: clip })).toBe(976);
    const scheme = transformersTiles({ image_grid_pinpoints: NEXT }, "x", { pools: false });
    expect(countPictureVectors(small, { scheme, tower: clip })).toBe(1464);
  });

  test("grids by range are LLaVA-OneVision's list", () => {
    const config = {
      image_aspect_ratio: "anyres_max_9",
      mm_patch_merge_type: "spatial_unpad",
      image_grid_pinpoints: "(1x1),...,(6x6)",
    };
    const scheme = parseImageScheme(config, "x");
    for (const { size, onevision } of GOLDENS.counts) {
      const [width, height] = size;
      expect([size, countPictureVectors({ width, height }, { scheme, tower: siglip })]).toEqual([size, onevision]);
    }
  });
});

test("a model without a line break counts none", () => {
  const scheme = withoutBreaks(transformersTiles({ image_grid_pinpoints: ONEVISION }, "x", { pools: true }));
  const size = { width: 300, height: 300 };
  expect(countPictureVectors(size, { scheme, tower: siglip })).toBe(1485 - 27);
  expect(countPictureVectors(size, { scheme, tower: siglip }, { isOneOfSeveral: true })).toBe(729);
});

describe("tiles without line breaks", () => {
  const views = Array.from({ length: 3 }, (_, view) => Float32Array.from({ length: 8 }, (_, i) => 10 * view + i));
  const grid = { rows: 1, columns: 2 };
  const area = { grid, side: 2, top: 0, left: 0, rows: 2, columns: 4, breaks: false };

  test("spatial joins rows across tiles", () => {
    const layout = { views: 3, whole: 1, area, breaksBehind: false };
    const joined = joinViews(layout, views);
    expect([...joined.subarray(8)]).toEqual([10, 11, 12, 13, 20, 21, 22, 23, 14, 15, 16, 17, 24, 25, 26, 27]);
    expect(countVectors(layout, 4)).toBe(12);
  });

  test("flat puts one view behind another", () => {
    const joined = joinViews({ views: 3, whole: 3, breaksBehind: false }, views);
    expect([...joined]).toEqual(views.flatMap((view) => [...view]));
  });
});

test.each([
  [undefined, "square"],
  [null, "square"],
  ["square", "square"],
  ["pad", "pad"],
])("image_aspect_ratio %p means %s", (value, name) => {
  expect(parseImageScheme({ image_aspect_ratio: value }, "folder").name).toBe(name);
});

describe("refuses", () => {
  const read = (fields: object): unknown => parseImageScheme(fields, "folder");
  const anyres = { image_aspect_ratio: "anyres", image_grid_pinpoints: NEXT };

  test.each([
    [{ image_aspect_ratio: "highres" }, 'folder: image_aspect_ratio is "highres"; pictures cannot be seen that way here, supported: square, pad, anyres, anyres_max_N'],
    [{ image_aspect_ratio: "anyres_max_0", mm_patch_merge_type: "spatial_unpad", image_grid_pinpoints: NEXT }, 'image_aspect_ratio is "anyres_max_0", expected room for one tile at least'],
    [{ s2: true, s2_scales: "336,672,1008", image_aspect_ratio: "pad" }, "folder: s2 is true: its projector takes features of several sizes of a picture (S2), which are not made here"],
    [{ use_s2: true }, "folder: use_s2 is true: its projector takes features of several sizes"],
    [{ ...anyres, mm_patch_merge_type: "maxpool2x2" }, 'mm_patch_merge_type is "maxpool2x2"; tiles cannot be joined that way here, supported: flat, spatial, spatial_unpad'],
    [{ image_aspect_ratio: "anyres" }, 'image_grid_pinpoints, the grids of anyres, is missing, expected 1 to 1024 pairs of sides in pixels, or "(1x1),...,(6x6)"'],
    [{ ...anyres, image_grid_pinpoints: "(1x1),...,(9999x9999)" }, "image_grid_pinpoints, the grids of anyres, is"],
    [{ ...anyres, image_grid_pinpoints: "(6x6),...,(1x1)" }, "image_grid_pinpoints, the grids of anyres, is"],
    [{ ...anyres, image_grid_pinpoints: [] }, "image_grid_pinpoints, the grids of anyres, is"],
    [{ ...anyres, image_grid_pinpoints: [[336, -672]] }, "image_grid_pinpoints, the grids of anyres, is"],
    [{ ...anyres, image_grid_pinpoints: "os.system" }, "image_grid_pinpoints, the grids of anyres, is"],
  ])("%j", (fields, message) => {
    expect(() => read(fields)).toThrow(message);
  }); // prettier-ignore

  const processor = parseImageProcessor({ size: 336, crop_size: 336 }, "x");
  const check = (pinpoints: unknown, tower = clip): void => {
    const scheme = parseImageScheme({ ...anyres, image_grid_pinpoints: pinpoints }, "folder");
    checkViewSettings({ processor, scheme, tower }, "folder");
  };

  test("grids that are no tiles, 10,000 tiles, and a tower whose vectors are no square", () => {
    expect(() => check([[336, 500]])).toThrow(
      "folder: image_grid_pinpoints has a grid of 336 x 500 pixels, expected whole tiles of 336",
    );
    expect(() => check([[33600, 33600]])).toThrow("has a grid of 100 x 100 tiles, expected at most 144 in all");
    expect(() => check("(1x1),...,(13x13)")).toThrow("has a grid of 12 x 13 tiles, expected at most 144 in all");
    expect(() => check(NEXT, { imageSize: 336, patches: 577 })).toThrow(
      "tiles of 577 vectors were asked for, expected a square of patches",
    );
  });
});

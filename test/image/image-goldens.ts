import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageAspectRatio } from "../../src/image/preprocess.js";
import type { ResampleFilter } from "../../src/image/resize.js";
import type { RgbImage } from "../../src/image/rgb-image.js";

/** Image files of every kind, written with what Pillow makes of them by test/goldens/make/images.py. */
export const IMAGES = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "images");

interface Goldens {
  readonly processors: Readonly<Record<string, unknown>>;
  readonly decode: readonly {
    readonly file: string;
    readonly mode: string;
    readonly width: number;
    readonly height: number;
    readonly sha256: string;
    readonly firstRow: string;
  }[];
  readonly resize: readonly {
    readonly source: readonly [number, number];
    readonly target: readonly [number, number];
    readonly filter: ResampleFilter;
    readonly sha256: string;
    readonly firstPixels: string;
  }[];
  readonly preprocess: readonly {
    readonly processor: string;
    readonly source: readonly [number, number];
    readonly imageAspectRatio: ImageAspectRatio;
    readonly shape: readonly number[];
    readonly sha256: string;
    readonly values: readonly number[];
  }[];
}

export const goldens = JSON.parse(readFileSync(join(IMAGES, "expected.json"), "utf8")) as Goldens;

export const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

export const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");

/** The noise image of test/goldens/make/images.py: bytes of a linear congruential generator. */
export function noise(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  let state = width * 65536 + height;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state >>> 24;
  }
  return { width, height, data };
}

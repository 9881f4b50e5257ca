import type { RgbImage } from "./rgb-image.js";

interface Filter {
  /** Distance in source pixels beyond which the weight is 0, when the image is not shrunk. */
  readonly support: number;
  readonly weight: (distance: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));
const CUBIC_A = -0.5;

function bicubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((CUBIC_A + 2) * x - (CUBIC_A + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * CUBIC_A;
  return 0;
}

/** Pillow's antialiasing filters by name. */
const FILTERS = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: bicubic },
  lanczos: { support: 3, weight: (x) => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const satisfies Readonly<Record<string, Filter>>;

export type ResampleFilter = keyof typeof FILTERS;

/** Pillow keeps weights as 32-bit integers: 8 bits go to the pixel, 2 to overshoot, the rest to the fraction. */
const FRACTION_BITS = 32 - 8 - 2;
const HALF = 1 << (FRACTION_BITS - 1);

interface Weights {
  /** First source pixel and number of source pixels of each output pixel. */
  readonly first: Int32Array; // (outSize)
  readonly count: Int32Array; // (outSize)
  readonly values: Int32Array; // (outSize, stride)
  readonly stride: number;
}

/** Weights of one axis: the filter grows with the shrink factor, the sum is 1, then each is rounded to fixed point. */
function axisWeights(inSize: number, outSize: number, { support, weight }: Filter): Weights {
  const scale = inSize / outSize;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  const stride = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(outSize);
  const count = new Int32Array(outSize);
  const values = new Int32Array(outSize * stride);
  for (let out = 0; out < outSize; out++) {
    const center = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(inSize, Math.trunc(center + reach + 0.5));
    const raw: number[] = [];
    // The order of operations is Pillow's: a product with 1/stretch rounds differently from a division.
    for (let x = start; x < end; x++) raw.push(weight((x - center + 0.5) * (1 / stretch)));
    const sum = raw.reduce((total, value) => total + value, 0);
    first[out] = start;
    count[out] = end - start;
    raw.forEach((value, index) => {
      const fixed = (sum === 0 ? value : value / sum) * 2 ** FRACTION_BITS;
      values[out * stride + index] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
  }
  return { first, count, values, stride };
}

/** out[y, x, c] = clip8(sum over k of in[y, first(x) + k, c] * w(x, k)) */
function resizeRows({ height, width, data }: RgbImage, outWidth: number, filter: Filter): RgbImage {
  const { first, count, values, stride } = axisWeights(width, outWidth, filter);
  const out = new Uint8ClampedArray(height * outWidth * 3); // (height, outWidth, 3); storing clips to 0..255
  const rowBytes = width * 3;
  let to = 0;
  for (let y = 0; y < height; y++) {
    // Rows of padding are alike, up to 13,377 of them with as many pixels each.
    if (y > 0 && isSameRow(data, y, rowBytes)) {
      out.copyWithin(to, to - outWidth * 3, to);
      to += outWidth * 3;
      continue;
    }
    for (let x = 0; x < outWidth; x++) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let from = (y * width + first[x]!) * 3;
      const end = x * stride + count[x]!;
      for (let k = x * stride; k < end; k++, from += 3) {
        const value = values[k]!;
        red = (red + data[from]! * value) | 0;
        green = (green + data[from + 1]! * value) | 0;
        blue = (blue + data[from + 2]! * value) | 0;
      }
      out[to++] = red >> FRACTION_BITS;
      out[to++] = green >> FRACTION_BITS;
      out[to++] = blue >> FRACTION_BITS;
    }
  }
  return { height, width: outWidth, data: new Uint8Array(out.buffer) };
}

/** Whether a row equals the one above it. */
const isSameRow = (data: Uint8Array, y: number, rowBytes: number): boolean =>
  Buffer.compare(data.subarray(y * rowBytes, (y + 1) * rowBytes), data.subarray((y - 1) * rowBytes, y * rowBytes)) ===
  0;

/** out[y, i] = clip8(sum over k of in[first(y) + k, i] * w(y, k)), i over columns and channels */
function resizeColumns({ height, width, data }: RgbImage, outHeight: number, filter: Filter): RgbImage {
  const { first, count, values, stride } = axisWeights(height, outHeight, filter);
  const rowLength = width * 3;
  const out = new Uint8ClampedArray(outHeight * rowLength); // (outHeight, width, 3)
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < outHeight; y++) {
    sums.fill(HALF);
    for (let k = 0; k < count[y]!; k++) {
      const value = values[y * stride + k]!;
      const from = (first[y]! + k) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i]! += data[from + i]! * value;
    }
    for (let i = 0; i < rowLength; i++) out[y * rowLength + i] = sums[i]! >> FRACTION_BITS;
  }
  return { height: outHeight, width, data: new Uint8Array(out.buffer) };
}

/**
 * Resizes exactly as Pillow's `Image.resize` with the same filter does: rows first, then columns, each rounded and clipped
 * to 8 bits; an axis whose size stays is not touched (Pillow, src/libImaging/Resample.c).
 */
export function resize(image: RgbImage, height: number, width: number, filter: ResampleFilter): RgbImage {
  const rows = width === image.width ? image : resizeRows(image, width, FILTERS[filter]);
  return height === image.height ? rows : resizeColumns(rows, height, FILTERS[filter]);
}

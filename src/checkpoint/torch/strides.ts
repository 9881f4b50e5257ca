import { setImmediate } from "node:timers/promises";

/** A window on a storage of `count` elements; offset and strides are in elements. */
export interface StridedLayout {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/**
 * The elements from the first to the last that a layout touches, as [begin, end) from the start of the storage.
 * Undefined when an index passes 2^53 - 1; an empty tensor touches nothing, wherever torch says that it begins.
 */
export function spanOf({ offset, shape, strides }: StridedLayout): readonly [begin: number, end: number] | undefined {
  if (shape.includes(0)) return [0, 0];
  const last = shape.reduce((index, size, axis) => index + (size - 1) * strides[axis]!, offset);
  return Number.isSafeInteger(last) ? [offset, last + 1] : undefined;
}

/** Whether the elements lie one after the other in row-major order; strides of axes of size 1 do not matter. */
export function isContiguous({ shape, strides }: StridedLayout): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/**
 * Copies the elements of a layout into row-major order. `source` holds the layout's span, from its first element on,
 * at an offset that suits its elements. Eight-byte elements are moved as pairs, since no number type keeps all bits.
 */
export async function packElements(
  source: Uint8Array<ArrayBuffer>,
  { shape, strides }: StridedLayout,
  elementBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Uint8Array(shape.reduce((product, size) => product * size, elementBytes));
  const axes = shape.map((size, axis) => ({ size, stride: strides[axis]! }));
  const isPair = elementBytes === 8;
  const View = UNSIGNED[isPair ? 4 : elementBytes]!;
  const from = new View(source.buffer, source.byteOffset, source.byteLength / View.BYTES_PER_ELEMENT);
  const to = new View(packed.buffer);
  await copyElements(from, to, isPair ? [...axes.map(asPairs), { size: 2, stride: 1 }] : axes);
  return packed;
}

const UNSIGNED: Readonly<Record<number, typeof Uint8Array | typeof Uint16Array | typeof Uint32Array>> = {
  1: Uint8Array,
  2: Uint16Array,
  4: Uint32Array,
};

interface Axis {
  readonly size: number;
  readonly stride: number;
}

const asPairs = ({ size, stride }: Axis): Axis => ({ size, stride: stride * 2 });

/** Elements whose places are worked out once and used again and again, so that the number of axes costs nothing for each. */
const BLOCK_ELEMENTS = 2 ** 12;

/** Elements copied before timers and Ctrl-C have their turn: some 10 ms. */
const TURN_ELEMENTS = 2 ** 22;

/** Copies block by block: a block is the last axes, as many as fit into one; the axis before them runs, the others are counted. */
async function copyElements(source: Numbers, target: Numbers, axes: readonly Axis[]): Promise<void> {
  let inner = axes.length;
  let block = 1;
  while (inner > 0 && block * axes[inner - 1]!.size <= BLOCK_ELEMENTS) block *= axes[--inner]!.size;
  const places = placesOf(axes.slice(inner));
  const { size, stride } = axes[inner - 1] ?? { size: 1, stride: 0 };
  const stepsOfTurn = Math.ceil(TURN_ELEMENTS / block);
  let to = 0;
  let turn = 0;
  for (const start of startsOf(axes.slice(0, Math.max(0, inner - 1)))) {
    for (let step = 0; step < size; step += stepsOfTurn) {
      const run = { from: start + step * stride, to, steps: Math.min(stepsOfTurn, size - step), stride };
      copyRun(source, target, places, run);
      to += run.steps * block;
      if (to - turn < TURN_ELEMENTS) continue;
      turn = to;
      await setImmediate();
    }
  }
}

type Numbers = Uint8Array | Uint16Array | Uint32Array;

interface Run {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly stride: number;
}

function copyRun(source: Numbers, target: Numbers, places: Float64Array, { from, to, steps, stride }: Run): void {
  const block = places.length;
  if (block === 1) {
    for (let i = 0; i < steps; i++) target[to + i] = source[from + i * stride]!;
    return;
  }
  for (let step = 0; step < steps; step++, from += stride, to += block) {
    for (let i = 0; i < block; i++) target[to + i] = source[from + places[i]!]!;
  }
}

/** Where each combination of indices of these axes begins, in row-major order. */
function* startsOf(axes: readonly Axis[]): Generator<number, void, undefined> {
  const index = axes.map(() => 0);
  for (let start = 0, axis = 0; axis >= 0;) {
    yield start;
    for (axis = axes.length - 1; axis >= 0; axis--) {
      const { size, stride } = axes[axis]!;
      start += stride;
      if (++index[axis]! < size) break;
      start -= size * stride;
      index[axis] = 0;
    }
  }
}

/** Where each element of these axes lies, in row-major order, from the first. */
function placesOf(axes: readonly Axis[]): Float64Array {
  const places = new Float64Array(axes.reduce((product, { size }) => product * size, 1));
  let filled = 1;
  for (const { size, stride } of axes.toReversed()) {
    for (let step = 1; step < size; step++) {
      for (let i = 0; i < filled; i++) places[step * filled + i] = places[i]! + step * stride;
    }
    filled *= size;
  }
  return places;
}

/** A window on a storage of `count` elements; offset and strides are in elements. */
export interface StridedLayout {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/**
 * The elements from the first to the last that a layout touches, as [begin, end) from the start of the storage.
 * Undefined when an index passes 2^53 - 1; an empty tensor touches nothing.
 */
export function spanOf({ offset, shape, strides }: StridedLayout): readonly [begin: number, end: number] | undefined {
  if (shape.includes(0)) return [offset, offset];
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
export function packElements(
  source: Uint8Array<ArrayBuffer>,
  { shape, strides }: StridedLayout,
  elementBytes: number,
): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(shape.reduce((product, size) => product * size, elementBytes));
  if (elementBytes === 8) {
    const pairs = { shape: [...shape, 2], strides: [...strides.map((stride) => stride * 2), 1] };
    copyAxis(
      new Uint32Array(source.buffer, source.byteOffset, source.byteLength / 4),
      new Uint32Array(packed.buffer),
      pairs,
    );
  } else {
    const View = UNSIGNED[elementBytes]!;
    const from = new View(source.buffer, source.byteOffset, source.byteLength / elementBytes);
    copyAxis(from, new View(packed.buffer), { shape, strides });
  }
  return packed;
}

const UNSIGNED: Readonly<Record<number, typeof Uint8Array | typeof Uint16Array | typeof Uint32Array>> = {
  1: Uint8Array,
  2: Uint16Array,
  4: Uint32Array,
};

/** Copies the axes from `axis` on; gives where the next element goes. */
function copyAxis(
  source: ArrayLike<number>,
  target: { [index: number]: number },
  layout: Pick<StridedLayout, "shape" | "strides">,
  { axis = 0, from = 0, to = 0 } = {},
): number {
  const [size, stride] = [layout.shape[axis]!, layout.strides[axis]!];
  if (axis === layout.shape.length - 1) {
    for (let i = 0; i < size; i++) target[to + i] = source[from + i * stride]!;
    return to + size;
  }
  let next = to;
  for (let i = 0; i < size; i++)
    next = copyAxis(source, target, layout, { axis: axis + 1, from: from + i * stride, to: next });
  return next;
}

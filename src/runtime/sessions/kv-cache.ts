import type { DeviceTensor, DeviceValue, Onnxruntime } from "./onnxruntime.js";
import type { CacheShape } from "./protocol.js";

/** Tensors `key.i` and `value.i` of every layer, each (1, kvHeads, positions, headDim). */
export type Caches = Readonly<Record<string, DeviceTensor>>;

/** Keys and values of the tokens that were run. It can go back to fewer of them. */
export interface KvCache {
  /** Forgets what lies behind `past` tokens, and returns what a run up to `total` tokens reads. */
  rewind(past: number, total: number): Caches;
  /** The buffers into which that run writes; null lets it make tensors of its own. */
  target(name: string): DeviceTensor | null;
  /** Takes what the run wrote. `keep` says that `rewind` may come back to this state after further runs. */
  accept(total: number, outputs: Readonly<Record<string, DeviceValue>>, keep: boolean): void;
  dispose(): void;
}

export function cacheNames({ layers }: CacheShape): string[] {
  return Array.from({ length: layers }, (_, layer) => [`key.${layer}`, `value.${layer}`]).flat();
}

/** How many positions buffers grow by: the binding copies them out of every run with all the room they have. */
const ROOM = 256;

/** Buffers that attention appends to. To go back is only a smaller number; full buffers are replaced by larger ones. */
export class CacheInPlace implements KvCache {
  #room = 0;
  #caches: Caches;

  constructor(
    private readonly ort: Onnxruntime,
    private readonly shape: CacheShape,
  ) {
    this.#caches = allocate(ort, shape, 0);
  }

  rewind(past: number, total: number): Caches {
    if (total > this.#room) this.#enlarge(past, total);
    return this.#caches;
  }

  target(name: string): DeviceTensor {
    return this.#caches[name]!;
  }

  accept(): void {
    // The run wrote into the buffers.
  }

  dispose(): void {
    disposeAll(this.#caches);
  }

  #enlarge(past: number, total: number): void {
    const room = Math.min(Math.ceil(total / ROOM) * ROOM, this.shape.capacity);
    const larger = allocate(this.ort, this.shape, room);
    for (const [name, cache] of Object.entries(this.#caches)) copyPositions(cache, larger[name]!, past);
    disposeAll(this.#caches);
    this.#caches = larger;
    this.#room = room;
  }
}

/** The caches after `length` tokens. A kept one stays while tokens are generated after it. */
interface Snapshot {
  readonly length: number;
  readonly caches: Caches;
  readonly kept: boolean;
}

/** Every run makes new caches on the device. The last ones stay, and those to come back to. */
export class CacheSnapshots implements KvCache {
  readonly #names: readonly string[];
  #snapshots: Snapshot[];

  constructor(ort: Onnxruntime, shape: CacheShape) {
    this.#names = cacheNames(shape);
    this.#snapshots = [{ length: 0, caches: allocate(ort, shape, 0), kept: true }];
  }

  rewind(past: number): Caches {
    for (let top = this.#snapshots.at(-1)!; top.length > past; top = this.#snapshots.at(-1)!) this.#drop(top);
    const top = this.#snapshots.at(-1)!;
    if (top.length !== past) throw new Error(`no state after ${past} tokens was kept, the nearest has ${top.length}`);
    return top.caches;
  }

  target(): null {
    return null;
  }

  accept(length: number, outputs: Readonly<Record<string, DeviceValue>>, kept: boolean): void {
    const top = this.#snapshots.at(-1)!;
    if (!top.kept) this.#drop(top);
    const caches = Object.fromEntries(this.#names.map((name) => [name, outputs[`present_${name}`] as DeviceTensor]));
    this.#snapshots.push({ length, caches, kept });
  }

  dispose(): void {
    for (const { caches } of this.#snapshots) disposeAll(caches);
    this.#snapshots = [];
  }

  #drop(top: Snapshot): void {
    disposeAll(top.caches);
    this.#snapshots.pop();
  }
}

function allocate(ort: Onnxruntime, shape: CacheShape, positions: number): Caches {
  const { kvHeads, headDim, type } = shape;
  const make = (): DeviceTensor => {
    const count = kvHeads * positions * headDim;
    const data = type === "float32" ? new Float32Array(count) : new Uint16Array(count);
    return new ort.Tensor(type, data, [1, kvHeads, positions, headDim]);
  };
  return Object.fromEntries(cacheNames(shape).map((name) => [name, make()]));
}

/** Copies the first `count` positions of every head. */
function copyPositions(from: DeviceTensor, to: DeviceTensor, count: number): void {
  const [, heads, , headDim] = from.dims as [number, number, number, number];
  const [source, target] = [from.data as Float32Array | Uint16Array, to.data as Float32Array | Uint16Array];
  const [sourceStride, targetStride] = [source.length / heads, target.length / heads];
  for (let head = 0; head < heads; head++) {
    const start = head * sourceStride;
    target.set(source.subarray(start, start + count * headDim), head * targetStride);
  }
}

function disposeAll(caches: Caches): void {
  for (const cache of Object.values(caches)) cache.dispose();
}

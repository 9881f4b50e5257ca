import { DEVICES } from "../device.js";
import {
  createSession,
  describeSessionError,
  loadOnnxruntime,
  type DeviceTensor,
  type DeviceValue,
  type Onnxruntime,
  type Session,
} from "../onnxruntime.js";
import type { CacheShape, ExtendRequest, ExtendResult, OpenRequest } from "./protocol.js";

type Caches = Readonly<Record<string, DeviceTensor>>;

/** The caches after `length` tokens; a kept one outlives what is generated after it. */
interface Snapshot {
  readonly length: number;
  readonly caches: Caches;
  readonly kept: boolean;
}

/**
 * An LLM with its key/value cache.
 *
 * On the CPU the caches are buffers of full capacity that attention appends to, so going back to a prefix is only a smaller
 * number. Elsewhere every run makes new caches, and the states to come back to are kept.
 */
export class DecoderSession {
  readonly #names: readonly string[];
  #snapshots: Snapshot[] = [];

  private constructor(
    private readonly ort: Onnxruntime,
    private readonly session: Session,
    private readonly request: OpenRequest & { readonly cache: CacheShape },
  ) {
    this.#names = cacheNames(request.cache);
    this.#snapshots = [{ length: 0, caches: this.#allocate(this.#inPlace ? request.cache.capacity : 0), kept: true }];
  }

  static async open(request: OpenRequest & { readonly cache: CacheShape }): Promise<DecoderSession> {
    const ort = await loadOnnxruntime();
    const resident = cacheNames(request.cache).map((name) => `present_${name}`);
    return new DecoderSession(ort, await createSession(request.model, { ...request, resident }), request);
  }

  get #inPlace(): boolean {
    return DEVICES[this.request.device.kind].cacheInPlace;
  }

  /** Runs tokens after the first `past` ones. */
  async extend({ embeddings, past, keep, wantLogits }: ExtendRequest): Promise<ExtendResult> {
    const [tokens, hidden] = embeddings.shape as [number, number];
    const step = Math.min(tokens, DEVICES[this.request.device.kind].maxTokensPerRun);
    for (let first = 0; ; first += step) {
      const count = Math.min(step, tokens - first);
      const data = embeddings.data.subarray(first * hidden, (first + count) * hidden);
      const isLast = first + count === tokens;
      const outputs = await this.#run(data, [count, hidden], past + first, keep && isLast);
      if (isLast) return readResult(outputs, wantLogits);
    }
  }

  async close(): Promise<void> {
    for (const { caches } of this.#snapshots) disposeAll(caches);
    this.#snapshots = [];
    await this.session.release();
  }

  async #run(
    data: Float32Array,
    shape: [number, number],
    past: number,
    keep: boolean,
  ): Promise<Record<string, DeviceValue>> {
    const { Tensor } = this.ort;
    const total = past + shape[0];
    const caches = this.#rewind(past);
    const feeds: Record<string, DeviceValue> = {
      inputs_embeds: new Tensor("float32", data, shape),
      last_position: new Tensor("int32", Int32Array.of(total - 1), [1]),
      total_length: new Tensor("int32", Int32Array.of(total), []),
    };
    const fetches: Record<string, DeviceValue | null> = { logits: null, next_token: null };
    for (const name of this.#names) {
      feeds[`past_${name}`] = caches[name]!;
      fetches[`present_${name}`] = this.#inPlace ? caches[name]! : null;
    }
    let outputs: Record<string, DeviceValue>;
    try {
      outputs = await this.session.run(feeds, fetches);
    } catch (error) {
      throw describeSessionError(error, this.request.device);
    }
    if (!this.#inPlace) this.#push(total, outputs, keep);
    return outputs;
  }

  /** Forgets what lies behind `past` tokens and returns the caches there. */
  #rewind(past: number): Caches {
    if (this.#inPlace) return this.#snapshots[0]!.caches;
    for (let top = this.#snapshots.at(-1)!; top.length > past; top = this.#snapshots.at(-1)!) {
      disposeAll(top.caches);
      this.#snapshots.pop();
    }
    const top = this.#snapshots.at(-1)!;
    if (top.length !== past) throw new Error(`no state after ${past} tokens was kept, the nearest has ${top.length}`);
    return top.caches;
  }

  #push(length: number, outputs: Record<string, DeviceValue>, kept: boolean): void {
    const top = this.#snapshots.at(-1)!;
    if (!top.kept) {
      disposeAll(top.caches);
      this.#snapshots.pop();
    }
    const caches = Object.fromEntries(this.#names.map((name) => [name, outputs[`present_${name}`] as DeviceTensor]));
    this.#snapshots.push({ length, caches, kept });
  }

  #allocate(length: number): Caches {
    const { kvHeads, headDim, type } = this.request.cache;
    const make = (): DeviceTensor => {
      const count = kvHeads * length * headDim;
      const data = type === "float32" ? new Float32Array(count) : new Uint16Array(count);
      return new this.ort.Tensor(type, data, [1, kvHeads, length, headDim]);
    };
    return Object.fromEntries(this.#names.map((name) => [name, make()]));
  }
}

function cacheNames({ layers }: CacheShape): string[] {
  return Array.from({ length: layers }, (_, layer) => [`key.${layer}`, `value.${layer}`]).flat();
}

function disposeAll(caches: Caches): void {
  for (const cache of Object.values(caches)) cache.dispose();
}

function readResult(outputs: Record<string, DeviceValue>, wantLogits: boolean): ExtendResult {
  const nextToken = Number((outputs.next_token!.data as BigInt64Array)[0]);
  return { nextToken, logits: wantLogits ? (outputs.logits!.data as Float32Array) : undefined };
}

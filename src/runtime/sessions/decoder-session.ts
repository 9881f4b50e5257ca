import { allFinite } from "../../tensor/float-arrays.js";
import { DEVICES } from "./device.js";
import {
  createSession,
  describeSessionError,
  loadOnnxruntime,
  type DeviceValue,
  type Onnxruntime,
  type Session,
} from "./onnxruntime.js";
import { CacheInPlace, cacheNames, CacheSnapshots, type KvCache } from "./kv-cache.js";
import type { BranchLayout, ExtendRequest, ExtendResult, OpenDecoderRequest } from "./protocol.js";

/** An LLM with its key/value caches. */
export class DecoderSession {
  readonly #names: readonly string[];
  readonly #caches = new Map<number, KvCache>();

  private constructor(
    private readonly ort: Onnxruntime,
    private readonly session: Session,
    private readonly request: OpenDecoderRequest,
  ) {
    this.#names = cacheNames(request.cache);
  }

  static async open(request: OpenDecoderRequest): Promise<DecoderSession> {
    const ort = await loadOnnxruntime();
    const resident = cacheNames(request.cache).map((name) => `present_${name}`);
    return new DecoderSession(
      ort,
      await createSession(request.model, { ...request, resident, prepack: true }),
      request,
    );
  }

  /** Runs tokens after the first `past` ones. */
  async extend({ cache: name, embeddings, past, keep, wantLogits, layout }: ExtendRequest): Promise<ExtendResult> {
    const cache = this.#cacheNamed(name);
    if (layout !== undefined) {
      const outputs = await this.#run(cache, { embeddings, past, keep, layout });
      return readResult(outputs, { wantLogits, tokens: embeddings.shape[0]! });
    }
    const [tokens, hidden] = embeddings.shape as [number, number];
    const step = Math.min(tokens, DEVICES[this.request.device.kind].maxTokensPerRun);
    for (let first = 0; ; first += step) {
      const count = Math.min(step, tokens - first);
      const data = embeddings.data.subarray(first * hidden, (first + count) * hidden);
      const isLast = first + count === tokens;
      const piece = { data, shape: [count, hidden] };
      const outputs = await this.#run(cache, { embeddings: piece, past: past + first, keep: keep && isLast });
      if (isLast) return readResult(outputs, { wantLogits, tokens });
    }
  }

  async close(): Promise<void> {
    for (const cache of this.#caches.values()) cache.dispose();
    await this.session.release();
  }

  #cacheNamed(name: number): KvCache {
    const { cache: shape, device } = this.request;
    const found = this.#caches.get(name);
    if (found !== undefined) return found;
    const Kind = DEVICES[device.kind].cacheInPlace ? CacheInPlace : CacheSnapshots;
    const made = new Kind(this.ort, shape);
    this.#caches.set(name, made);
    return made;
  }

  async #run(cache: KvCache, piece: Piece): Promise<Record<string, DeviceValue>> {
    const total = piece.past + piece.embeddings.shape[0]!;
    let outputs: Record<string, DeviceValue>;
    try {
      // Inside the try, because the cache may find no memory to grow.
      outputs = await this.session.run(...this.#feedsAndFetches(cache, piece, total));
    } catch (error) {
      throw describeSessionError(error, this.request.device);
    }
    cache.accept(total, outputs, piece.keep);
    return outputs;
  }

  #feedsAndFetches(cache: KvCache, { embeddings: { data, shape }, past, layout }: Piece, total: number) {
    const { Tensor } = this.ort;
    const tokens = shape[0]!;
    const caches = cache.rewind(past, total);
    const feeds: Record<string, DeviceValue> = {
      inputs_embeds: new Tensor("float32", data, shape),
      last_position: new Tensor("int32", Int32Array.of(total - 1), [1]),
      total_length: new Tensor("int32", Int32Array.of(total), []),
    };
    const fetches: Record<string, DeviceValue | null> = { logits: null, next_token: null };
    if (this.request.branches) {
      const { positions, keyPositions, bias, wanted } = layout ?? oneSequence(past, tokens);
      feeds["positions"] = new Tensor("int64", positions, [1, tokens]);
      feeds["key_positions"] = new Tensor("int64", keyPositions, [total]);
      feeds["bias"] = new Tensor("float32", bias, [1, 1, tokens, total]);
      feeds["wanted_rows"] = new Tensor("int64", wanted, [wanted.length]);
    }
    for (const name of this.#names) {
      feeds[`past_${name}`] = caches[name]!;
      fetches[`present_${name}`] = cache.target(name);
    }
    return [feeds, fetches] as const;
  }
}

/** Tokens of one run. */
type Piece = Pick<ExtendRequest, "embeddings" | "past" | "keep" | "layout">;

/** The layout of tokens that follow one another; that none sees a later one is attention's own doing. */
function oneSequence(past: number, tokens: number): BranchLayout {
  const keyPositions = BigInt64Array.from({ length: past + tokens }, (_, i) => BigInt(i));
  return {
    positions: keyPositions.slice(past),
    keyPositions,
    bias: new Float32Array(tokens * (past + tokens)),
    wanted: BigInt64Array.of(BigInt(tokens - 1)),
  };
}

function readResult(
  outputs: Record<string, DeviceValue>,
  { wantLogits, tokens }: { wantLogits: boolean; tokens: number },
): ExtendResult {
  const nextToken = Number((outputs.next_token!.data as BigInt64Array)[0]);
  const logits = outputs.logits!.data as Float32Array;
  // With a prompt all logits are checked, since a damaged row of the head shows with any prompt. In a step the greatest one
  // tells: to read 151,936 of them (Qwen2) takes 0.7 % of a step.
  const finite = tokens === 1 ? Number.isFinite(logits[nextToken]) : allFinite(logits);
  return { nextToken, finite, logits: wantLogits ? logits : undefined };
}

import type { EncodedModel } from "../../onnx/external-data.js";
import type { Device } from "./device.js";

/** Numbers that models take and give; int64 is BigInt64Array. */
export type Numbers = Float32Array | Float64Array | Int32Array | BigInt64Array;

/** Numbers and their shape, as they cross between the threads; the buffer of a result is handed over, not copied. */
export interface NumberTensor<Data extends Numbers = Numbers> {
  readonly data: Data;
  readonly shape: readonly number[];
}

/** What most models take and give. */
export type FloatTensor = NumberTensor<Float32Array>;

export interface OpenRequest {
  readonly model: EncodedModel;
  readonly device: Device;
  readonly threads: number;
}

export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Positions that it may come to hold. */
  readonly capacity: number;
  readonly type: "float32" | "float16";
}

export interface OpenDecoderRequest extends OpenRequest {
  readonly cache: CacheShape;
}

export interface ExtendRequest {
  readonly session: number;
  /** Which of the session's caches; one is made when it is first named. */
  readonly cache: number;
  /** (tokens, hidden) */
  readonly embeddings: FloatTensor;
  /** Tokens already in the cache that these come after; what lies behind them is forgotten. */
  readonly past: number;
  /** Remember the state after these tokens, to come back to it. */
  readonly keep: boolean;
  readonly wantLogits: boolean;
}

export interface ExtendResult {
  /** The likeliest next token. */
  readonly nextToken: number;
  /** Whether the logits are numbers that tokens can be told apart by. */
  readonly finite: boolean;
  /** (vocabulary) */
  readonly logits?: Float32Array | undefined;
}

/** What the worker can be asked, each with its argument and result. */
export interface WorkerMethods {
  open(request: OpenRequest): Promise<number>;
  openDecoder(request: OpenDecoderRequest): Promise<number>;
  run(request: {
    readonly session: number;
    readonly feeds: Readonly<Record<string, NumberTensor>>;
  }): Promise<Record<string, FloatTensor>>;
  extend(request: ExtendRequest): Promise<ExtendResult>;
  close(request: { readonly session: number }): Promise<void>;
}

export interface Request {
  readonly id: number;
  readonly method: keyof WorkerMethods;
  readonly argument: unknown;
}

export type Response =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };

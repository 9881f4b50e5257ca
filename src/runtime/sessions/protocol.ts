import type { EncodedModel } from "../../onnx/external-data.js";
import type { Device } from "./device.js";

/** Numbers that models take and give; int64 is BigInt64Array. */
export type Numbers = Float32Array | Float64Array | Int32Array | BigInt64Array;

/** Numbers and their shape, as they are sent between the threads. The buffer of a result is handed over, not copied. */
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
  /** The most positions that it may hold. */
  readonly capacity: number;
  readonly type: "float32" | "float16";
}

export interface OpenDecoderRequest extends OpenRequest {
  readonly cache: CacheShape;
  /** Whether the model takes a `BranchLayout`. */
  readonly branches: boolean;
}

/** How tokens lie that belong to several sequences behind one prefix. */
export interface BranchLayout {
  /** (tokens): the place of each in its own sequence, the prefix included. */
  readonly positions: BigInt64Array;
  /** (total length): the same of all that lies in the cache. */
  readonly keyPositions: BigInt64Array;
  /** (tokens, total length): 0 where a token sees another one, and else far below every score. */
  readonly bias: Float32Array;
  /** (wanted): the tokens whose logits are wanted. */
  readonly wanted: BigInt64Array;
}

export interface ExtendRequest {
  readonly session: number;
  /** Which of the session's caches; one is made when it is first named. */
  readonly cache: number;
  /** (tokens, hidden) */
  readonly embeddings: FloatTensor;
  /** How many tokens of the cache stay before these; the others are forgotten. */
  readonly past: number;
  /** Keep the state after these tokens, to come back to it. */
  readonly keep: boolean;
  readonly wantLogits: boolean;
  /** One sequence when left out. */
  readonly layout?: BranchLayout | undefined;
}

export interface ExtendResult {
  /** The likeliest next token. */
  readonly nextToken: number;
  /** Whether the logits are finite numbers; others cannot tell tokens apart. */
  readonly finite: boolean;
  /** (vocabulary), of a layout (wanted, vocabulary). */
  readonly logits?: Float32Array | undefined;
}

/** The requests to the worker, each with its argument and result. */
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

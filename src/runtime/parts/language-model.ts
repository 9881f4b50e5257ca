import { InputError } from "../../errors.js";
import { readDecoder } from "../../model/llm/decoder.js";
import type { DecoderSpec } from "../../model/llm/decoder-spec.js";
import { roundScale } from "../../model/llm/embedding-scale.js";
import { readGenerationSettings, type GenerationSettings } from "../../model/llm/generation-settings.js";
import { readDecoderSpec } from "../../model/llm/llm-families.js";
import { openLlm, readLlmConfig, type LlmFolder } from "../../model/llm/llm-folder.js";
import { encodeWithExternalData } from "../../onnx/external-data.js";
import { layOutBranches } from "./branch-layout.js";
import { EmbeddingRows } from "./embedding-rows.js";
import { scoreContinuations } from "./continuations.js";
import { choosePrecision, computeType, dtypeOf, type Precision, type StoredWeights } from "../devices/precision.js";
import type { PartOptions } from "./part-options.js";
import { notFinite } from "./require-finite.js";
import { isBlockMatrix } from "./stored-blocks.js";
import { Turns } from "../sessions/turns.js";
import type { Sampling } from "./sampling.js";
import { tokenChoice } from "./token-choice.js";
import { concatRows } from "../../tensor/float-arrays.js";
import { KeptStates, type Prefix } from "./kept-states.js";
import { planDecoderGraph } from "./decoder-weights.js";
import type { WorkerClient } from "../sessions/client.js";
import { DEVICES, deviceName, type Device } from "../sessions/device.js";
import type { BranchLayout, ExtendResult } from "../sessions/protocol.js";

/** Positions of the key/value cache when no other number is asked for. LLaVA's own limit is half of it; memory grows with it. */
const DEFAULT_CONTEXT_LENGTH = 4096;

export interface LanguageModelInfo {
  readonly precision: Precision;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** Longest prompt and answer together, in tokens. */
  readonly contextLength: number;
  /** Tokens that end an answer. */
  readonly eosTokens: readonly number[];
  /** Further settings of generation_config.json that change answers. */
  readonly generation: GenerationSettings;
  /** Estimated from the headers: weights and cache, in bytes. */
  readonly memoryBytes: number;
}

export interface LanguageModelOptions {
  /** Longest prompt and answer together, in tokens. */
  readonly contextLength?: number | undefined;
  /** Key/value caches, so that as many prompts can be gone on from in turn; 1 when left out. */
  readonly keptCaches?: number | undefined;
  /** Whether `branch` is to be called; on the CPU alone, since attention takes no scores of others elsewhere. */
  readonly branches?: boolean | undefined;
}

/** Sequences that were run side by side, to go on from until something else is run in their cache. */
export interface Branches {
  readonly prefix: Prefix;
  /** All that lies in the cache. */
  readonly state: Prefix;
  /** Of each sequence: the places in the cache of its own tokens. */
  readonly places: readonly (readonly number[])[];
}

export interface BranchOptions {
  /** What all sequences have before them; from `start`. */
  readonly prefix: Prefix;
  /** What was run of each sequence already. */
  readonly after?: Branches | undefined;
  /** Of each sequence: the tokens that come, (tokens, hiddenSize), at least one. */
  readonly sequences: readonly Float32Array[];
  readonly signal?: AbortSignal | undefined;
}

export interface GenerateOptions {
  /** What comes before, from `start` or an answer's `state`; nothing when left out. */
  readonly prefix?: Prefix | undefined;
  /** (tokens, hiddenSize), at least one token. */
  readonly embeddings: Float32Array;
  /**
   * The tokens of the whole prompt, prefix included, from which settings such as a repetition penalty count; none when left out, as in
   * transformers where a prompt is given as vectors.
   */
  readonly promptTokens?: readonly number[] | undefined;
  /** At least 1. */
  readonly maxTokens: number;
  /** Ends the answer when it returns true for the tokens so far; for stop strings see `stopStrings`. */
  readonly stopWhen?: ((tokens: readonly number[]) => boolean) | undefined;
  /** Called with every token as it comes. */
  readonly onToken?: ((token: number) => void) | undefined;
  /** How tokens are drawn; greedy when left out. */
  readonly sampling?: Sampling | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StartOptions {
  /** What comes before, from `start` or an answer's `state`; nothing when left out. */
  readonly after?: Prefix | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A prompt as `GenerateOptions` has it, and what may follow it. */
export interface LogprobsOptions extends Pick<GenerateOptions, "prefix" | "embeddings" | "signal"> {
  /** Tokens of each continuation, at least one. */
  readonly continuations: readonly (readonly number[])[];
}

export interface Generated {
  /** Without the EOS that ended them. */
  readonly tokens: readonly number[];
  readonly finish: "eos" | "stop" | "length";
  /** Prompt and answer, to go on from: all tokens that were run, which leaves the last one of an answer out that no EOS ended. */
  readonly state: Prefix;
}

/**
 * An LLM that answers, greedily unless asked otherwise, as transformers' `generate` does with the folder's generation_config.json. It
 * keeps one or several key/value caches. Calls take turns, since they share the device.
 *
 * @throws InputError from every call whose logits are not finite
 */
export class LanguageModel {
  readonly #turns = new Turns();
  readonly #states: KeptStates;

  private constructor(
    readonly info: LanguageModelInfo,
    private readonly path: string,
    private readonly client: WorkerClient,
    private readonly session: number,
    private readonly rows: EmbeddingRows,
    caches: { readonly count: number; readonly canCut: boolean },
  ) {
    this.#states = new KeptStates(caches);
  }

  /**
   * Opens a Hugging Face folder or a GGUF file.
   *
   * @throws InputError for one that cannot be run
   * @throws UnavailableError when memory is short
   */
  static async open(source: string | LlmFolder, options: PartOptions & LanguageModelOptions): Promise<LanguageModel> {
    const { client, device, threads, signal, keptCaches = 1, branches = false } = options;
    const llm = await openLlm(source);
    const { path, table } = llm;
    const decoder = readDecoder(llm);
    requireAttention(decoder.spec, device, path);
    if (branches && device.kind !== "cpu") throw new InputError(`${path}: branches run with --device cpu alone`);
    const generation = await readGenerationSettings(llm);
    const precision = choosePrecision(options.dtype, device, storedWeights(llm));
    const contextLength = chooseContext(options.contextLength, decoder.spec, path);
    const parts = { decoder, precision, contextLength, keptCaches, branches };
    const { graph, cache, memoryBytes } = await planDecoderGraph(parts, options);
    const scale = roundScale(decoder.spec.embeddingScale, dtypeOf(computeType(precision, device)));
    const rows = await EmbeddingRows.open(table, { scale });
    try {
      const model = await encodeWithExternalData(graph);
      const session = await client.call("openDecoder", { model, device, threads, cache, branches }, { signal });
      const { vocabSize, hiddenSize } = decoder.spec;
      const { eosTokens } = generation;
      const info = { precision, vocabSize, hiddenSize, contextLength, eosTokens, generation, memoryBytes };
      const caches = { count: keptCaches, canCut: DEVICES[device.kind].cacheInPlace };
      return new LanguageModel(info, path, client, session, rows, caches);
    } catch (error) {
      await rows.close();
      throw error;
    }
  }

  /** The width of an LLM's input embeddings, from its config.json. */
  static async hiddenSize(llm: string | LlmFolder): Promise<number> {
    return readDecoderSpec(await readLlmConfig(llm), typeof llm === "string" ? llm : llm.path).hiddenSize;
  }

  /** Input embeddings of tokens: (ids.length, hiddenSize). */
  embed(ids: readonly number[]): Float32Array {
    return this.rows.read(ids);
  }

  /** Runs tokens (tokens, hiddenSize) that several continuations share. */
  async start(embeddings: Float32Array, options: StartOptions = {}): Promise<Prefix> {
    return this.#turns.take(() => this.#start(embeddings, options), options.signal);
  }

  /** Whether a prefix is still kept: its cache was not given to another prompt, nor taken back to before it. */
  holds(prefix: Prefix): boolean {
    return this.#states.holds(prefix);
  }

  /**
   * The first `length` tokens of a prefix as one of their own; what was kept of it beyond them is ended. Undefined on devices that
   * cannot go back to a place that was not kept.
   *
   * @throws InputError for a prefix that was ended
   */
  cut(prefix: Prefix, length: number): Prefix | undefined {
    return this.#states.cut(prefix, length);
  }

  /**
   * Answer to a prompt.
   *
   * @throws InputError when prompt and answer may not fit into the context, and for a sampling that is out of its range
   */
  async generate(options: GenerateOptions): Promise<Generated> {
    return this.#turns.take(() => this.#generate(options), options.signal);
  }

  /** Logits (vocabSize) of the token that follows a prompt. */
  async logits(options: Omit<GenerateOptions, "maxTokens">): Promise<Float32Array> {
    return (await this.read(options)).logits;
  }

  /** As `logits`, with what was run to go on from. */
  async read(options: Omit<GenerateOptions, "maxTokens">): Promise<{ logits: Float32Array; state: Prefix }> {
    return this.#turns.take(() => this.#read(options), options.signal);
  }

  /**
   * Log-probabilities of the tokens of each continuation, given the prompt and the tokens before it: by the model itself, whatever
   * generation_config.json says of answers. They run one after another on the prompt's cache: attention over a past takes no batch.
   */
  async logprobs(options: LogprobsOptions): Promise<readonly (readonly number[])[]> {
    return this.#turns.take(() => this.#logprobs(options), options.signal);
  }

  /**
   * Runs several sequences behind one prefix at once, none of which sees another: the logits (vocabSize) that follow each, the same as
   * `read` gives one after another. One run of many tokens reads the weights once.
   *
   * @throws InputError when prefix and sequences together do not fit into the context
   */
  async branch(options: BranchOptions): Promise<{ logits: readonly Float32Array[]; branches: Branches }> {
    return this.#turns.take(() => this.#branch(options), options.signal);
  }

  async close(): Promise<void> {
    await this.rows.close();
    // A thread that has ended took its sessions with it.
    if (!this.client.ended) await this.client.call("close", { session: this.session });
  }

  async #start(embeddings: Float32Array, { after, signal }: StartOptions): Promise<Prefix> {
    const length = this.#states.lengthOf(after) + this.#count(embeddings);
    this.#checkContext(length, 0);
    const run = this.#states.begin(after);
    await this.#extend(embeddings, run, { keep: true, signal });
    return this.#states.add(run.cache, length, { kept: true });
  }

  async #generate(options: GenerateOptions): Promise<Generated> {
    const { prefix, embeddings, maxTokens, stopWhen, onToken, signal, promptTokens = [] } = options;
    checkMaxTokens(maxTokens);
    const choose = tokenChoice(this.info.generation, options.sampling);
    const length = this.#states.lengthOf(prefix) + this.#count(embeddings);
    this.#checkContext(length, maxTokens);
    const { cache, past } = this.#states.begin(prefix);
    const answer: number[] = [];
    const run = async (data: Float32Array, from: number): Promise<number> => {
      const { logits, nextToken } = await this.#extend(
        data,
        { cache, past: from },
        { wantLogits: choose !== undefined, signal },
      );
      if (choose === undefined) return nextToken;
      return choose(logits!, { prompt: promptTokens, promptLength: length, answer });
    };
    let next = await run(embeddings, past);
    const end = (finish: Generated["finish"], ran: number): Generated => {
      return { tokens: answer, finish, state: this.#states.add(cache, length + ran, { kept: false }) };
    };
    for (;;) {
      if (this.info.eosTokens.includes(next)) return end("eos", answer.length);
      answer.push(next);
      onToken?.(next);
      if (stopWhen?.(answer)) return end("stop", answer.length - 1);
      if (answer.length >= maxTokens) return end("length", answer.length - 1);
      next = await run(this.embed([next]), length + answer.length - 1);
    }
  }

  async #read({ prefix, embeddings, signal }: Omit<GenerateOptions, "maxTokens">) {
    const length = this.#states.lengthOf(prefix) + this.#count(embeddings);
    this.#checkContext(length, 0);
    const { cache, past } = this.#states.begin(prefix);
    const { logits } = await this.#extend(embeddings, { cache, past }, { wantLogits: true, signal });
    return { logits: logits!, state: this.#states.add(cache, length, { kept: false }) };
  }

  async #branch({ prefix, after, sequences, signal }: BranchOptions) {
    const counts = sequences.map((sequence) => this.#count(sequence));
    const past = this.#states.lengthOf(after?.state ?? prefix);
    const length = past + counts.reduce((sum, count) => sum + count, 0);
    this.#checkContext(length, 0);
    const before = after?.places ?? sequences.map(() => []);
    const { layout, places } = layOutBranches({ prefix: prefix.length, past, places: before, counts });
    const { cache } = this.#states.begin(after?.state ?? prefix);
    const { logits } = await this.#extend(
      concatRows(...sequences),
      { cache, past },
      { wantLogits: true, layout, signal },
    );
    const { vocabSize } = this.info;
    return {
      logits: sequences.map((_, i) => logits!.subarray(i * vocabSize, (i + 1) * vocabSize)),
      branches: { prefix, state: this.#states.add(cache, length, { kept: false }), places },
    };
  }

  async #logprobs({ prefix, embeddings, continuations, signal }: LogprobsOptions): Promise<number[][]> {
    checkContinuations(continuations, this.info.vocabSize);
    const length = this.#states.lengthOf(prefix) + this.#count(embeddings);
    this.#checkContext(length, Math.max(...continuations.map((tokens) => tokens.length)));
    const { cache, past } = this.#states.begin(prefix);
    const run = async (data: Float32Array, from: number): Promise<Float32Array> =>
      // Kept, because the next continuation comes back to here.
      (await this.#extend(data, { cache, past: from }, { keep: true, wantLogits: true, signal })).logits!;
    const logits = await run(embeddings, past);
    return scoreContinuations(continuations, logits, (token, depth) => run(this.embed([token]), length + depth));
  }

  #count(embeddings: Float32Array): number {
    const count = embeddings.length / this.info.hiddenSize;
    if (Number.isInteger(count) && count > 0) return count;
    throw new InputError(
      `embeddings hold ${embeddings.length} numbers, expected a positive multiple of the LLM's hidden size ${this.info.hiddenSize}`,
    );
  }

  #checkContext(prompt: number, answer: number): void {
    const { contextLength } = this.info;
    if (prompt + answer <= contextLength) return;
    throw new InputError(
      `the prompt is ${prompt} tokens and the answer up to ${answer}, the context holds ${contextLength}; shorten the prompt or ask for a longer context`,
    );
  }

  async #extend(
    data: Float32Array,
    { cache, past }: { readonly cache: number; readonly past: number },
    {
      keep = false,
      wantLogits = false,
      layout,
      signal,
    }: { keep?: boolean; wantLogits?: boolean; layout?: BranchLayout; signal?: AbortSignal | undefined },
  ): Promise<ExtendResult> {
    const embeddings = { data, shape: [this.#count(data), this.info.hiddenSize] };
    const request = { session: this.session, cache, embeddings, past, keep, wantLogits, layout };
    const result = await this.client.call("extend", request, { signal });
    if (!result.finite) throw this.#notFinite(data);
    return result;
  }

  /** The error about logits that are not finite: it blames the LLM unless its input is not finite already. */
  #notFinite(embeddings: Float32Array): InputError {
    const { hiddenSize, precision } = this.info;
    const bad = embeddings.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return notFinite({ path: this.path, what: "the logits", precision });
    return new InputError(
      `${this.path}: row ${Math.floor(bad / hiddenSize)} of the embeddings that it was given is not finite; the weights of the part that made it are damaged, or its dtype is too narrow; use --dtype f32, or fetch them again`,
    );
  }
}

function checkMaxTokens(maxTokens: number): void {
  if (Number.isInteger(maxTokens) && maxTokens > 0) return;
  throw new InputError(
    `maxTokens is ${maxTokens}, expected a whole number of at least 1; logits() runs a prompt alone`,
  );
}

function checkContinuations(continuations: readonly (readonly number[])[], vocabSize: number): void {
  if (continuations.length === 0) throw new InputError("no continuations were given; logits() runs a prompt alone");
  continuations.forEach((tokens, index) => {
    if (tokens.length === 0) throw new InputError(`continuation ${index} holds no tokens, expected at least one`);
    const bad = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabSize);
    if (bad === undefined) return;
    throw new InputError(`continuation ${index} holds token ${bad}, the LLM's logits reach from 0 to ${vocabSize - 1}`);
  });
}

const storedWeights = ({ checkpoint, table }: LlmFolder): StoredWeights => ({
  dtype: table.tensor.dtype,
  inBlocks: [...checkpoint.tensors.values()].some(isBlockMatrix),
});

/**
 * Refuses an LLM of which the device's attention would leave something out in silence.
 *
 * @throws InputError that says what it would leave out
 */
function requireAttention({ attention }: DecoderSpec, device: Device, where: string): void {
  if (attention.cap === undefined || DEVICES[device.kind].capsScores) return;
  throw new InputError(
    `${where}: caps the scores of its attention, which ${deviceName(device)} leaves out; use --device cpu`,
  );
}

/** Without a wish a context ends where longrope would turn positions by other factors: a model has one table for all its prompts. */
function chooseContext(asked: number | undefined, { maxPositions, layers }: DecoderSpec, where: string): number {
  if (asked !== undefined && asked > maxPositions) {
    throw new InputError(`${where}: a context of ${asked} tokens was asked for, the LLM reaches ${maxPositions}`);
  }
  const changes = layers.flatMap(({ rope: { scaling } }) =>
    scaling.kind === "longrope" ? [scaling.originalPositions] : [],
  );
  return asked ?? Math.min(maxPositions, DEFAULT_CONTEXT_LENGTH, ...changes);
}

import { InputError } from "../../errors.js";
import { defaultCacheFolder } from "../../files/cache-folder.js";
import {
  checkProjector,
  projectorInputSize,
  projectorOutputSize,
  type ProjectorWeights,
} from "../../model/projector/projector-graph.js";
import type { LlmFolder } from "../../model/llm/llm-folder.js";
import type { Progress } from "../../progress.js";
import { parseDevice } from "../sessions/device.js";
import { LanguageModel } from "./language-model.js";
import { openDevice } from "../devices/open-device.js";
import type { PartOptions } from "./part-options.js";
import { Projector, type ProjectorOptions } from "./projector.js";
import { selectedWidth } from "../../model/vision/vision-family.js";
import { VisionTower, type VisionOptions } from "./vision-tower.js";
import { WorkerClient } from "../sessions/client.js";

/** What is said while an adapter is loaded, alone and with its tower. */
export const [LOADING_ADAPTER, LOADING_BOTH] = ["loading the adapter", "loading vision tower and adapter"] as const;

/** Where and how a model runs, in the words of the flags. */
export interface ExecutionOptions {
  /** cpu, cuda, cuda:N or webgpu. */
  readonly device?: string | undefined;
  /** f32, f16, bf16, q8 or q4; the device's own when left out. */
  readonly dtype?: string | undefined;
  /** Threads of the CPU's arithmetic; one per core when left out. */
  readonly threads?: number | undefined;
  /** Cache folder for what is computed once: the folded adapter and rounded weights; that of the commands when left out. */
  readonly cacheFolder?: string | undefined;
  /** Called with one line about what was worked out and kept in that folder, and about a file there that was damaged and is made anew. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** Longest prompt and answer together, in tokens; by default 4,096, or what the LLM reaches. */
  readonly contextLength?: number | undefined;
  /** Key/value caches of the LLM, so that as many prompts can be gone on from in turn; 1 when left out. */
  readonly keptCaches?: number | undefined;
  readonly onProgress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadModelOptions extends ExecutionOptions {
  /** Whether the LLM is to run branches (`LanguageModel.branch`). */
  readonly branches?: boolean | undefined;
  /** Hugging Face folder or GGUF file of the LLM, or one that is open. */
  readonly llm?: string | LlmFolder | undefined;
  /** Hugging Face folder of the vision tower. */
  readonly vision?: string | undefined;
  readonly adapter?: ProjectorWeights | undefined;
  readonly visionOptions?: VisionOptions | undefined;
  readonly adapterOptions?: ProjectorOptions | undefined;
}

/** The parts that were asked for, in one worker thread. */
export interface Model {
  readonly llm: LanguageModel | undefined;
  readonly vision: VisionTower | undefined;
  readonly adapter: Projector | undefined;
  /** Ends the thread and frees everything. The model cannot be used after it; a second call does nothing. */
  dispose(): Promise<void>;
}

/**
 * Loads those of LLM, vision tower and adapter that are given, in a thread of their own.
 *
 * @throws InputError for folders that cannot be run or do not fit one another
 * @throws UnavailableError when the device or the memory is missing
 * @throws InterruptedError once `signal` fires; nothing is left behind then
 */
export async function loadModel(options: LoadModelOptions): Promise<Model> {
  const { llm, vision, adapter, device = "cpu", dtype, threads = 0, onNote, onProgress, signal } = options;
  const cacheFolder = options.cacheFolder ?? defaultCacheFolder();
  const { contextLength, keptCaches, branches } = options;
  const parsedDevice = parseDevice(device);
  await checkWidths(options);
  const client = new WorkerClient();
  let languageModel: LanguageModel | undefined;
  try {
    const opened = await openDevice(client, parsedDevice, { signal });
    const shared: PartOptions = { client, device: opened, dtype, threads, cacheFolder, onNote, onProgress, signal };
    const say = (stage: string): void => onProgress?.({ stage, done: 0, total: 0 });
    // The LLM comes first: its largest matrix is in memory twice while it is packed.
    if (llm !== undefined) {
      say("loading the LLM");
      languageModel = await LanguageModel.open(llm, { ...shared, contextLength, keptCaches, branches });
    }
    if (vision !== undefined || adapter !== undefined) say(vision === undefined ? LOADING_ADAPTER : LOADING_BOTH);
    const tower =
      vision === undefined ? undefined : await VisionTower.open(vision, { ...shared, ...options.visionOptions });
    const projector =
      adapter === undefined ? undefined : await Projector.open(adapter, { ...shared, ...options.adapterOptions });
    let ended: Promise<void> | undefined;
    const dispose = (): Promise<void> => (ended ??= end(languageModel, client));
    return { llm: languageModel, vision: tower, adapter: projector, dispose };
  } catch (error) {
    // The thread is ended first: it may be in the middle of a run that was aborted, and closing would wait for its turn.
    await client.terminate();
    await languageModel?.close();
    throw error;
  }
}

async function end(llm: LanguageModel | undefined, client: WorkerClient): Promise<void> {
  try {
    await llm?.close();
  } finally {
    await client.terminate();
  }
}

/**
 * Compares widths by the configs alone: to open an LLM takes minutes, only to find that the adapter belongs to another one.
 *
 * @throws InputError when an adapter does not fit the LLM or the vision tower beside it
 */
export async function checkWidths({
  llm,
  vision,
  adapter,
  visionOptions = {},
}: Pick<LoadModelOptions, "llm" | "vision" | "adapter" | "visionOptions">): Promise<void> {
  if (adapter === undefined) return;
  checkProjector(adapter);
  if (llm !== undefined) checkWidth(LLM, await LanguageModel.hiddenSize(llm), projectorOutputSize(adapter));
  if (vision !== undefined) {
    checkWidth(TOWER, selectedWidth(await VisionTower.spec(vision), visionOptions), projectorInputSize(adapter));
  }
}

/** The model beside an adapter, and the way out when its width differs. */
const LLM = { part: "the LLM", verb: "makes", wayOut: "use the adapter made for it, or transfer this one" };
const TOWER = { part: "the vision tower", verb: "takes", wayOut: "use the tower that the adapter was trained with" };

function checkWidth({ part, verb, wayOut }: typeof LLM, width: number, adapterWidth: number): void {
  if (width === adapterWidth) return;
  throw new InputError(`the adapter ${verb} vectors of ${adapterWidth} numbers, ${part} has ${width}; ${wayOut}`);
}

import { InputError } from "../../errors.js";
import { makeFolder } from "../../files/make-folder.js";
import { acquireLock } from "../../files/process-lock.js";
import type { Progress } from "../../progress.js";
import { IMAGE_MARKER } from "../../prompt/prompt.js";
import { gatherAnswers } from "./answer-places.js";
import type { Answerer } from "../../vlm/answerer.js";
import type { Benchmark, Dataset, UploadFile } from "../tasks/benchmark.js";
import { findVariant } from "../tasks/benchmarks.js";
import { finishRun } from "./finish-run.js";
import { findMissingImages, hashSomeImages } from "./question-images.js";
import type { Item } from "../tasks/item.js";
import type { Results } from "../scoring/results.js";
import {
  checkRestart,
  listWorkFiles,
  openRunFolder,
  requireOwnRun,
  shardFiles,
  type RunManifest,
} from "./run-store.js";
import { Scorer } from "../scoring/scorer.js";
import { isPart, rowsByImage, selectRows, shardOf, type Selection, type Shard } from "../tasks/selection.js";
import { ShardSession } from "./shard-session.js";

/** How many missing images an error names. */
const MISSING_NAMED = 5;

const UNDIVIDED: Shard = { index: 0, count: 1 };

export interface RunOptions {
  readonly benchmark: Benchmark<unknown>;
  readonly dataset: Dataset<unknown>;
  /** The folder that `dataset` was read from; recorded for merging. */
  readonly dataFolder: string;
  readonly imageFolder: string;
  /** File of features that the items' are in; errors about missing ones say so. */
  readonly features?: string | undefined;
  readonly answerer: Answerer;
  /** Folder of the answers; a run that is in it is resumed. */
  readonly output: string;
  readonly variant?: string | undefined;
  /** Whether samples.jsonl is written too. */
  readonly logSamples?: boolean | undefined;
  readonly selection: Selection;
  readonly shard: Shard | null;
  /** Asks about a zero image in place of every image. */
  readonly blind: boolean;
  /** Discards the answers of an earlier run in `output`. */
  readonly restart: boolean;
  /** Goes on without images that are not there; their questions count as wrong. */
  readonly skipMissing: boolean;
  /** False opens every image anew for each of its questions, to measure what reuse gains. */
  readonly reusePrefix?: boolean;
  /** Images whose questions are asked at once; 1 when left out, for a model that answers one question after another. */
  readonly concurrency?: number | undefined;
  readonly tool: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/** The outcome of a run. */
export interface RunOutcome {
  /** Null for one shard of several: merging scores them together. */
  readonly results: Results | null;
  readonly upload: UploadFile | null;
  /** Questions of this shard, and how many this process answered. */
  readonly asked: number;
  readonly answeredNow: number;
}

/** The questions of a run, known before a model is loaded. */
export interface RunPlan {
  /** Rows asked by all shards together, ascending. */
  readonly rows: readonly number[];
  /** Rows of this shard, by image. */
  readonly images: readonly (readonly number[])[];
  /** Keys of this shard's images that are passed over. */
  readonly missing: ReadonlySet<string>;
}

/**
 * Chooses the questions.
 *
 * @throws InputError for missing images, a shard that is none, and a restart beside other shards
 */
export async function planRun(options: Omit<RunOptions, "answerer">): Promise<RunPlan> {
  const { benchmark, dataset, shard } = options;
  const rows = selectRows(dataset.items, options.selection, { wholeGroups: benchmark.wholeGroups ?? false });
  const images = shardOf(rowsByImage(dataset.items, rows), shard ?? UNDIVIDED);
  findVariant(benchmark, options.variant);
  await refuseRestart(options);
  await requireOwnRun(options.output);
  checkQuestions(dataset, rows);
  return { rows, images, missing: await checkImages(options, images.flat()) };
}

/**
 * Asks a benchmark's questions, image by image, and keeps every answer as soon as it is there. Called again with the same
 * output, it goes on where it stopped, for any number of shards. `plan` is what `planRun` made of the same options.
 *
 * @throws what `planRun` throws
 * @throws InputError for an output folder that holds another run, and while another process works on the same shard, or with
 *   `restart` on any shard
 * @throws InterruptedError once `signal` fires, after the answer in progress is kept
 */
export async function runBenchmark(options: RunOptions, plan?: RunPlan): Promise<RunOutcome> {
  const { rows, images, missing } = plan ?? (await planRun(options));
  const { benchmark, dataset, output, shard } = options;
  const mine = images.flat().sort((a, b) => a - b);
  const scorer = new Scorer(benchmark, dataset, mine, findVariant(benchmark, options.variant));
  await makeFolder(output);
  const files = shardFiles(output, shard ?? UNDIVIDED);
  const lock = await acquireLock(files.lock, files.answers);
  try {
    const manifest = await manifestOf(options);
    await openRunFolder(output, manifest, { restart: options.restart, shard: shard ?? UNDIVIDED });
    const places = await gatherAnswers(dataset, await listWorkFiles(output), (answer) => scorer.add(answer));
    const session = new ShardSession({ ...options, shard: shard ?? UNDIVIDED, missing }, mine, places, scorer);
    const answeredNow = await session.run(regroup(images, dataset.items, options));
    const counts = { asked: mine.length, answeredNow };
    if (isPart(shard)) return { results: null, upload: null, ...counts };
    return { ...(await finishRun({ ...options, rows, manifest })), ...counts };
  } finally {
    await lock.release();
  }
}

/** The questions that are asked in one context: those of one image; in a blind run all, since their images are one. */
function regroup(
  images: readonly (readonly number[])[],
  items: readonly Item<unknown>[],
  { blind, reusePrefix = true }: Pick<RunOptions, "blind" | "reusePrefix">,
): readonly (readonly number[])[] {
  if (!reusePrefix) return images.flat().map((row) => [row]);
  if (!blind) return images;
  const seen = images.filter(([row]) => items[row!]!.image !== null).flat();
  const unseen = images.filter(([row]) => items[row!]!.image === null);
  return seen.length === 0 ? unseen : [seen, ...unseen];
}

async function refuseRestart({ restart, shard, output }: Omit<RunOptions, "answerer">): Promise<void> {
  if (!restart) return;
  if (!isPart(shard)) return checkRestart(output, null);
  throw new InputError(
    `--restart: would discard what other shards write into ${output}; remove the folder before the shards start, or choose another --output`,
  );
}

async function manifestOf(options: RunOptions): Promise<RunManifest> {
  const { benchmark, dataset, dataFolder, imageFolder, answerer, blind, selection } = options;
  const first = dataset.items[0]!;
  return {
    format: "langbridge-run",
    version: 1,
    benchmark: benchmark.name,
    blind,
    identity: answerer.identity,
    firstPrompt: answerer.promptOf(first.prompt, { image: first.image !== null }),
    data: Object.fromEntries(dataset.files.map(({ name, sha256 }) => [name, sha256])),
    images: blind ? {} : await hashSomeImages(dataset.items, imageFolder),
    dataFolder,
    selection,
  };
}

/** Refuses a question that marks the place of an image itself: it would be asked about two images. */
function checkQuestions({ items, questionFile }: Dataset<unknown>, rows: readonly number[]): void {
  const row = rows.find((each) => !items[each]!.placesImage && items[each]!.prompt.includes(IMAGE_MARKER));
  if (row === undefined) return;
  throw new InputError(
    `${questionFile}: question ${items[row]!.questionId} holds "${IMAGE_MARKER}", which marks the place of its image; take it out`,
  );
}

/** Keys of the images that are passed over. All are looked for before any work; a blind run needs none. */
async function checkImages(
  options: Omit<RunOptions, "answerer">,
  rows: readonly number[],
): Promise<ReadonlySet<string>> {
  if (options.blind) return new Set();
  const items = rows.map((row) => options.dataset.items[row]!);
  const missing = await findMissingImages(items, options.imageFolder);
  if (missing.length === 0 || options.skipMissing) return new Set(missing);
  const named = missing.slice(0, MISSING_NAMED).join(", ") + (missing.length > MISSING_NAMED ? ", ..." : "");
  const skip = "--skip-missing scores their questions as wrong";
  throw new InputError(
    options.features === undefined
      ? `${options.imageFolder}: ${missing.length} images are not there: ${named}; --images DIR says where they are, ${skip}`
      : `${options.features}: has no entries for ${missing.length} of the items that are asked about: ${named}; name each entry as the questions name its image, ${skip}`,
  );
}

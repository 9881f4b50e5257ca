import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { InputError } from "../../errors.js";
import { checkJson } from "../../files/check-json.js";
import { ownRecord } from "../../files/own-record.js";
import { writeFileAtomically } from "../../files/file-writer.js";
import { readJsonFile } from "../../files/json-file.js";
import { exists, listFolder, removeFile } from "../../files/look.js";
import { checkUnheld, waitForLock } from "../../files/process-lock.js";
import { ANSWERS_FILE } from "./answer-places.js";
import { SAMPLES_FILE } from "../scoring/samples.js";
import { UPLOAD_ENDING } from "../tasks/benchmark.js";
import { isOfFormat, requireOwnAnswers, RESULTS_FILE } from "../compare/own-results.js";
import { takesResultsCard } from "../compare/results-card.js";
import { CARD_FILE } from "../../layout/model-card.js";
import type { Item } from "../tasks/item.js";
import { isPart, type Shard } from "../tasks/selection.js";
import type { GivenAnswer } from "../../vlm/answerer.js";

const MANIFEST_FILE = "run.json";
const WORK_FILE = /^answers-(\d+)-of-(\d+)\.jsonl$/;
const LOCK_FILE = /^answers-(\d+)-of-(\d+)\.lock$/;
const TIMINGS_FILE = /^timings-(\d+)-of-(\d+)\.jsonl$/;

/**
 * The lock that is held while a run is begun or resumed. Without it a shard could begin between the moment when a restart
 * looks at the locks and the moment when it removes answers.
 */
const OPENING_LOCK = "run.lock";

const manifestSchema = z.object({
  format: z.literal("langbridge-run"),
  version: z.literal(1),
  benchmark: z.string(),
  blind: z.boolean(),
  /** What decides the answers. */
  identity: ownRecord(z.string()),
  /** The first question of the data as the model is given it. */
  firstPrompt: z.string(),
  /** SHA-256 of the data files by name. */
  data: ownRecord(z.string()),
  /** SHA-256 of some images by key; none of a blind run. */
  images: ownRecord(z.string()),
  /** Where the data was, for merging. */
  dataFolder: z.string(),
  selection: z.object({ limit: z.number().nullable(), seed: z.number().nullable() }),
});

/** What decides the answers of a run, written before its first answer. */
export type RunManifest = Readonly<z.output<typeof manifestSchema>>;

export const hasManifest = (folder: string): Promise<boolean> => exists(join(folder, MANIFEST_FILE));

/**
 * Reads the manifest of a run's folder.
 *
 * @throws InputError when there is none or it is damaged
 */
export async function readManifest(folder: string): Promise<RunManifest> {
  if (!(await hasManifest(folder)))
    throw new InputError(`${folder}: has no ${MANIFEST_FILE}; is it the --output of langbridge eval?`);
  const path = join(folder, MANIFEST_FILE);
  return checkJson(manifestSchema, await readJsonFile(path), path);
}

/**
 * Begins or resumes a run in its folder, for a process that holds the lock of `shard`.
 *
 * @throws InputError for a run of another model, prompt, preprocessing or data, and for answers without a manifest, unless
 *   `restart` is set
 * @throws InputError when `restart` is set while other processes work in the folder
 * @throws InputError when one shard of several finds a run with another selection
 */
export async function openRunFolder(
  folder: string,
  manifest: RunManifest,
  { restart, shard }: { restart: boolean; shard: Shard },
): Promise<void> {
  const path = join(folder, MANIFEST_FILE);
  const opening = await waitForLock(join(folder, OPENING_LOCK), path);
  try {
    await requireOwnRun(folder);
    if (restart) {
      await checkRestart(folder, shard);
      await removeRun(folder);
    } else if (await hasManifest(folder)) {
      const found = await readManifest(folder);
      checkSameRun(folder, found, manifest);
      if (isPart(shard)) checkSameSelection(folder, found, manifest);
    } else await checkNoAnswers(folder);
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeFileAtomically(path, (writer) => writer.append(Buffer.from(text)));
  } finally {
    await opening.release();
  }
}

/**
 * Checks that all answers and results in the folder are a run's own.
 *
 * @throws InputError when something else wrote them, which ours would replace
 */
export async function requireOwnRun(folder: string): Promise<void> {
  const isOurs = async (): Promise<boolean> =>
    (await isOfFormat(join(folder, MANIFEST_FILE), "langbridge-run")) || (await listWorkFiles(folder)).length > 0;
  for (const name of [ANSWERS_FILE, SAMPLES_FILE]) {
    await requireOwnAnswers(folder, { answers: join(folder, name), isOurs });
  }
}

/**
 * Checks that a run may begin anew: no other process works on a shard in the folder. The lock of shard `own` is the caller's.
 *
 * @throws InputError when one does
 */
export async function checkRestart(folder: string, own: Shard | null): Promise<void> {
  if (!(await exists(folder))) return;
  const ownLock = own === null ? null : shardFiles(folder, own).lock;
  for (const lock of await listNamed(folder, LOCK_FILE)) {
    if (lock !== ownLock) await checkUnheld(lock, `--restart: ${lock.replace(/lock$/, "jsonl")}`);
  }
}

/**
 * Checks that shards in one folder have one --limit and --seed: otherwise merging could not tell which questions they answer
 * together.
 *
 * @throws InputError when they differ
 */
export function checkSameSelection(
  folder: string,
  found: RunManifest,
  wanted: RunManifest,
  wayOut = "give all shards of a run the same, or choose another --output",
): void {
  if (isSameSelection(found, wanted)) return;
  throw new InputError(
    `${folder}: holds a run of ${describeSelection(found)}, now it is ${describeSelection(wanted)}; ${wayOut}`,
  );
}

export const isSameSelection = ({ selection: a }: RunManifest, { selection: b }: RunManifest): boolean =>
  a.limit === b.limit && a.seed === b.seed;

function describeSelection({ selection: { limit, seed } }: RunManifest): string {
  if (limit === null) return "all questions";
  return seed === null ? `--limit ${limit}` : `--limit ${limit} --seed ${seed}`;
}

/** Refuses answers without a manifest: nobody knows which run they belong to. */
async function checkNoAnswers(folder: string): Promise<void> {
  const [first] = [...(await listWorkFiles(folder)), ...(await listTimings(folder))];
  if (first === undefined) return;
  throw new InputError(
    `${first}: is of a run whose ${MANIFEST_FILE} is not there, so its model is not known; choose another --output, or --restart to discard its answers`,
  );
}

/**
 * What a restart removes, in this order. Results go first, since they must not outlive their answers, and the manifest goes
 * last, so that a process killed in between leaves an older run with fewer answers.
 */
const DISCARDED: readonly ((name: string) => boolean)[] = [
  (name) => name === RESULTS_FILE || name === ANSWERS_FILE || name === SAMPLES_FILE || name.endsWith(UPLOAD_ENDING),
  (name) => WORK_FILE.test(name) || TIMINGS_FILE.test(name),
  (name) => name === MANIFEST_FILE,
];

async function removeRun(folder: string): Promise<void> {
  const names = await listFolder(folder);
  if (names.includes(CARD_FILE) && (await takesResultsCard(folder))) await removeFile(join(folder, CARD_FILE));
  for (const isDiscarded of DISCARDED) {
    for (const name of names.filter(isDiscarded)) await removeFile(join(folder, name));
  }
}

/**
 * Checks that two runs give answers of one kind.
 *
 * @throws InputError that names the first difference between them
 */
export function checkSameRun(
  folder: string,
  found: RunManifest,
  wanted: RunManifest,
  wayOut = "choose another --output, or --restart to discard its answers",
): void {
  const difference = firstDifference(flatten(found), flatten(wanted)) ?? differentImage(found, wanted);
  if (difference === null) return;
  const { name, before, now } = difference;
  throw new InputError(
    `${folder}: holds a run whose ${name} is ${before ?? "not given"}, now it is ${now ?? "not given"}; ${wayOut}`,
  );
}

const flatten = ({ benchmark, blind, identity, firstPrompt, data }: RunManifest): Map<string, string> =>
  new Map([
    ["benchmark", benchmark],
    ["--blind", String(blind)],
    ...Object.entries(identity),
    ["first prompt", JSON.stringify(firstPrompt)],
    ...Object.entries(data).map(([name, hash]): [string, string] => [`data file ${name}`, hash]),
  ]);

/** An image may be missing in one of the runs; images that both have must be the same. */
function differentImage({ images: before }: RunManifest, { images: now }: RunManifest) {
  const key = Object.keys(before).find((each) => Object.hasOwn(now, each) && now[each] !== before[each]);
  return key === undefined
    ? null
    : { name: `image ${key}`, before: `sha256 ${before[key]}`, now: `sha256 ${now[key]}` };
}

function firstDifference(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>) {
  for (const name of new Set([...before.keys(), ...now.keys()])) {
    if (before.get(name) !== now.get(name)) return { name, before: before.get(name), now: now.get(name) };
  }
  return null;
}

/** The files that one shard appends to; a run without shards is shard 0 of 1. */
export const shardFiles = (folder: string, { index, count }: Shard) => ({
  answers: join(folder, `answers-${index}-of-${count}.jsonl`),
  timings: join(folder, `timings-${index}-of-${count}.jsonl`),
  lock: join(folder, `answers-${index}-of-${count}.lock`),
});

/** The answer files of all shards in a run's folder, for any number of shards. */
export const listWorkFiles = (folder: string): Promise<string[]> => listNamed(folder, WORK_FILE);

/** The timings file of a shard's answer file. */
export const timingsOf = (workFile: string): string =>
  join(dirname(workFile), basename(workFile).replace(/^answers/, "timings"));

/** The timings files of all shards. */
const listTimings = (folder: string): Promise<string[]> => listNamed(folder, TIMINGS_FILE);

const listNamed = async (folder: string, pattern: RegExp): Promise<string[]> =>
  (await listFolder(folder)).filter((name) => pattern.test(name)).map((name) => join(folder, name));

/** A line in LLaVA's format; equal input gives equal bytes. */
export function answerLine(
  item: Item<unknown>,
  answer: Pick<GivenAnswer, "text" | "choiceLogprobs"> & { readonly missingImage?: boolean },
  model: string,
): string {
  const id = createHash("sha256").update(`${model}\0${item.key}`).digest("base64url").slice(0, 22);
  return JSON.stringify({
    question_id: item.questionId,
    prompt: item.recordedPrompt,
    text: answer.text,
    ...(answer.choiceLogprobs === undefined ? {} : { choice_logprobs: answer.choiceLogprobs }),
    ...item.extra,
    answer_id: id,
    model_id: model,
    metadata: answer.missingImage === true ? { missing_image: true } : {},
  });
}

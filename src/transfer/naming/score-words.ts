import { openAdapterFeatures } from "../../adapter/adapter-features.js";
import type { Adapter } from "../../adapter/load.js";
import { vectorScale } from "../../adapter/vector-scale.js";
import type { VocabularyMatrix } from "../../adapter/vocabulary-matrix.js";
import { InputError } from "../../errors.js";
import { checkViewSettings } from "../../image/picture-views.js";
import { percent } from "../../layout/numbers.js";
import type { LlmVocabulary } from "../../model/llm/llm-folder.js";
import { openTowerFiles } from "../../model/gguf/open-mmproj.js";
import { loadImageProcessor } from "../../model/vision/image-processors.js";
import { patchesPerSide, vectorsBeforePatches, visionSelection } from "../../model/vision/vision-family.js";
import type { Progress } from "../../progress.js";
import { loadModel, type Model } from "../../runtime/parts/load-model.js";
import { projectorWeights } from "../../runtime/parts/projector-weights.js";
import { VisionTower } from "../../runtime/parts/vision-tower.js";
import { visionSettings } from "../../runtime/parts/vision-settings.js";
import { withWorker, type WorkerClient } from "../../runtime/sessions/client.js";
import { concatRows } from "../../tensor/float-arrays.js";
import { evenSample } from "../../tensor/even-sample.js";
import { seededRandom } from "../../tensor/random.js";
import { loadEncoder } from "../../tokenizer/encoder.js";
import type { AskedWords } from "../rows/source.js";
import { QUESTIONS, WordAsker, type Question } from "./ask.js";
import { chooseQuestion } from "./choose-question.js";
import { fitScores, rowsOf, type FittedScores, type PatchScores } from "./fit-scores.js";
import { isFeatures, openExamples, type Examples, type OpenExamples } from "./seen-examples.js";
import { lookAtPictures, type SeenPicture } from "./look-at-pictures.js";
import { groundVector, repeated } from "./ground.js";
import { drawPatches, GROUP, patchGroup, type Grid } from "./patch-groups.js";
import { Whitening } from "./whitening.js";

/** Pictures looked at, at most. */
const MOST_PICTURES = 400;
/** Patches that the LLM is asked about, at most, when nobody says how many; as many of each picture. */
export const DEFAULT_QUESTIONS = 2400;
/** Patches that each way to ask is tried on. */
const TRIALS = 64;

export interface ScoringTask {
  readonly adapter: Adapter;
  /** The rows that the adapter's coefficients weigh; undefined for an ordinary projector. */
  readonly matrix: VocabularyMatrix | undefined;
  /** The LLM that the adapter was trained for, with its weights. */
  readonly llm: LlmVocabulary;
  readonly words: AskedWords;
  /** Unlabelled pictures and the tower that sees them, or features. */
  readonly examples: Examples;
  /** Patches that the LLM is asked about, at most. */
  readonly questions?: number | undefined;
}

export interface ScoringOptions {
  readonly cacheFolder: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/**
 * Learns to score words from the features of a vision tower: the source LLM is asked what patches of unlabelled pictures show, and its
 * log-probabilities of the words are fitted by the features' GELU units, so that the LLM is not needed again.
 *
 * @throws InputError for pictures that cannot be read, an LLM that cannot be run, or too few patches
 */
export async function scoreWords(task: ScoringTask, options: ScoringOptions): Promise<FittedScores> {
  const { adapter, llm } = task;
  const examples = await openExamples(task.examples, adapter);
  const grid = await gridOf(adapter, task.examples);
  const { scale } = vectorScale(adapter, llm);
  const projector = projectorWeights({ ...adapter, matrix: task.matrix, decoding: undefined }, scale);
  const { cacheFolder, signal, onProgress } = options;
  const common = { cacheFolder, signal, onProgress };
  const model = await loadModel({ llm, ...examples.tower, adapter: projector, branches: true, ...common });
  try {
    return await withWorker((client) => askAndFit(task, { ...options, model, client, grid, examples }));
  } finally {
    await model.dispose();
  }
}

interface Parts extends ScoringOptions {
  readonly model: Model;
  readonly client: WorkerClient;
  readonly grid: Grid;
  readonly examples: OpenExamples;
}

async function askAndFit(task: ScoringTask, parts: Parts): Promise<FittedScores> {
  const { adapter, llm, words, questions = DEFAULT_QUESTIONS } = task;
  const { model, client, grid, examples, signal, onProgress } = parts;
  const pictures = await lookAtPictures(model, { examples, most: MOST_PICTURES, oneView: true, signal, onProgress });
  const width = model.llm!.info.hiddenSize;
  const pieces = pictures.map(({ vectors }) => vectors);
  const whitening = await Whitening.of(pieces, { client, width, signal });
  const directions: Float32Array[] = [];
  for (const piece of pieces) directions.push(await whitening.apply(piece));
  const cells = grid.rows * grid.columns;
  const bare = groundVector(pieces, directions, width);
  const ground = repeated(bare, Math.max(cells - GROUP, 0));
  const ids = words.tokens.map(({ id }) => id);
  const common = { encoder: await loadEncoder(llm.files), ids, ground, signal };
  const groupOf = (picture: number, patch: number): Float32Array =>
    rowsOf(pieces[picture]!, patchGroup(patch, directions[picture]!, grid), width);

  const each = Math.min(cells, Math.ceil(questions / pictures.length));
  const random = seededRandom(0);
  const drawn = directions.map((rows) => drawPatches(rows, width, each, random));
  const tried = evenSample([...drawn.keys()], TRIALS).map((picture) => groupOf(picture, drawn[picture]![0]!));
  const asked = pictures.length * each;
  const report = reportTime(llm.name, asked + tried.length * QUESTIONS.length, onProgress);
  const { question } = await chooseQuestion(model.llm!, { ...common, groups: tried, onQuestions: report });
  const asker = await WordAsker.open(model.llm!, { ...common, question });
  const numbers = new Map(pictures.map((picture, i) => [picture, i]));
  const answers = async (seen: SeenPicture): Promise<PatchScores> => {
    const picture = numbers.get(seen)!;
    const patches = drawn[picture]!;
    report(each);
    const groups = patches.map((patch) => groupOf(picture, patch));
    return { patches, scores: concatRows(...(await asker.nextTwo(groups, { signal }))) };
  };
  const [nothing] = await asker.nextTwo([repeated(bare, Math.min(GROUP, cells))], { signal });
  const fitTask = { projector: adapter.projector, pictures, ground: nothing!, answers };
  const fitted = await fitScores(fitTask, { client, signal });
  const about = `asked ${llm.name} about ${asked} patches of ${pictures.length} pictures for ${ids.length} words, each ${quoted(question)}; its answers tell ${fitted.bits.toFixed(2)} bits of the patch and name ${fitted.named} words`;
  const kept = `its first word of a patch, or silence, is kept for ${percent(fitted.agreement)} of ${fitted.heldOut} patches of pictures left out, by ${fitted.units.bias.length} units with lambda ${fitted.lambda}`;
  return { ...fitted, checks: [about, kept] };
}

const quoted = ({ before, after }: Question): string => JSON.stringify(`${before}<picture>${after}`);

/** Says how many questions are left, and for how long once some are answered. */
function reportTime(name: string, total: number, onProgress: Progress | undefined): (next: number) => void {
  const started = Date.now();
  let done = 0;
  return (next) => {
    const detail = `${minutes(((Date.now() - started) / done) * (total - done))} left`;
    const step = { stage: `asking ${name} what patches show`, done, total, unit: "questions" } as const;
    onProgress?.(done === 0 ? step : { ...step, detail });
    done += next;
  };
}

const minutes = (milliseconds: number): string => `about ${Math.max(1, Math.round(milliseconds / 60_000))} min`;

/**
 * How the patches of an example, or of a view of it, lie; vectors of features lie one behind another.
 *
 * @throws InputError for an adapter that takes the class token too, which lies nowhere among the patches, or not all patches, and for entries
 *   of different lengths
 */
async function gridOf(adapter: Adapter, examples: Examples): Promise<Grid> {
  if (isFeatures(examples)) return { rows: 1, columns: await commonLength(adapter, examples.features) };
  const spec = await VisionTower.spec(examples.vision);
  const settings = visionSettings(adapter);
  const { selectFeature } = visionSelection(settings.visionOptions);
  if (vectorsBeforePatches(spec, selectFeature) !== 0) {
    throw new InputError(
      `${adapter.path}: takes the class token among the patches, or leaves the first patch out, which --align contextual cannot place; use --align sparse`,
    );
  }
  const side = patchesPerSide(spec);
  const processor = await loadImageProcessor(await openTowerFiles(examples.vision));
  const tower = { imageSize: spec.imageSize, patches: side ** 2 };
  checkViewSettings({ processor, scheme: settings.imageScheme, tower }, adapter.path);
  return { rows: side, columns: side };
}

/** As many vectors of each entry are asked about, so all have as many. */
async function commonLength(adapter: Adapter, path: string): Promise<number> {
  const { entries } = await openAdapterFeatures(path, adapter);
  const [first, { vectors }] = entries.entries().next().value!;
  for (const [name, other] of entries) {
    if (other.vectors === vectors) continue;
    throw new InputError(
      `${path}: entry ${JSON.stringify(first)} has ${vectors} vectors and ${JSON.stringify(name)} ${other.vectors}; --align contextual takes entries of one length, cut or pool them, or use --align sparse`,
    );
  }
  return vectors;
}

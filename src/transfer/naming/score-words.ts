import type { Adapter } from "../../adapter/load.js";
import { vectorScale } from "../../adapter/vector-scale.js";
import type { VocabularyMatrix } from "../../adapter/vocabulary-matrix.js";
import { InputError } from "../../errors.js";
import { percent } from "../../layout/numbers.js";
import type { LlmVocabulary } from "../../model/llm/llm-folder.js";
import { patchesPerSide, vectorsBeforePatches, visionSelection } from "../../model/vision/vision-family.js";
import type { Progress } from "../../progress.js";
import { loadModel, type Model } from "../../runtime/parts/load-model.js";
import { projectorWeights } from "../../runtime/parts/projector-weights.js";
import { VisionTower } from "../../runtime/parts/vision-tower.js";
import { visionSettings } from "../../runtime/parts/vision-settings.js";
import { withWorker, type WorkerClient } from "../../runtime/sessions/client.js";
import { seededRandom } from "../../tensor/random.js";
import { loadEncoder } from "../../tokenizer/encoder.js";
import type { AskedWords } from "../rows/source.js";
import { WordAsker } from "./ask.js";
import { fitScores, rowsOf, type FittedScores, type PatchScores } from "./fit-scores.js";
import { lookAtPictures, type SeenPicture } from "./look-at-pictures.js";
import { drawPatches, patchGroup, type Grid } from "./patch-groups.js";
import { Whitening } from "./whitening.js";

/** Pictures looked at, at most. */
const MOST_PICTURES = 400;
/** Patches that the LLM is asked about, at most, when nobody says how many; as many of each picture. */
export const DEFAULT_QUESTIONS = 6000;

export interface ScoringTask {
  readonly adapter: Adapter;
  /** The rows that the adapter's coefficients weigh; undefined for an ordinary projector. */
  readonly matrix: VocabularyMatrix | undefined;
  /** The LLM that the adapter was trained for, with its weights. */
  readonly llm: LlmVocabulary;
  readonly words: AskedWords;
  /** Folders of unlabelled pictures and of the tower that sees them. */
  readonly images: string;
  readonly vision: string;
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
  const { adapter, llm, vision } = task;
  const grid = await gridOf(adapter, vision);
  const { visionOptions } = visionSettings(adapter);
  const { scale } = vectorScale(adapter, llm);
  const projector = projectorWeights({ ...adapter, matrix: task.matrix, decoding: undefined }, scale);
  const { cacheFolder, signal, onProgress } = options;
  const model = await loadModel({ llm, vision, visionOptions, adapter: projector, cacheFolder, signal, onProgress });
  try {
    return await withWorker((client) => askAndFit(task, { ...options, model, client, grid }));
  } finally {
    await model.dispose();
  }
}

interface Parts extends ScoringOptions {
  readonly model: Model;
  readonly client: WorkerClient;
  readonly grid: Grid;
}

async function askAndFit(task: ScoringTask, parts: Parts): Promise<FittedScores> {
  const { adapter, llm, words, questions = DEFAULT_QUESTIONS } = task;
  const { model, client, grid, signal, onProgress } = parts;
  const pictures = await lookAtPictures(model, { ...task, most: MOST_PICTURES, signal, onProgress });
  const width = model.llm!.info.hiddenSize;
  const pieces = pictures.map(({ vectors }) => vectors);
  const whitening = await Whitening.of(pieces, { client, width, signal });
  const encoder = await loadEncoder(llm.files);
  const ids = words.tokens.map(({ id }) => id);
  const asker = await WordAsker.open(model.llm!, encoder, ids, { signal });
  const each = Math.min(grid.rows * grid.columns, Math.ceil(questions / pictures.length));
  const asked = pictures.length * each;
  const report = reportTime(llm.name, asked, onProgress);
  const random = seededRandom(0);
  const answers = async (picture: SeenPicture): Promise<PatchScores> => {
    const directions = await whitening.apply(picture.vectors);
    const patches = drawPatches(directions, width, each, random);
    const scores = new Float32Array(each * ids.length); // (asked patches, words)
    for (const [i, patch] of patches.entries()) {
      report();
      const group = patchGroup(patch, directions, grid);
      scores.set(await asker.ask(rowsOf(picture.vectors, group, width), { signal }), i * ids.length);
    }
    return { patches, scores };
  };
  const fitted = await fitScores({ projector: adapter.projector, pictures, answers }, { client, signal });
  const about = `asked ${llm.name} about ${asked} patches of ${pictures.length} pictures for ${ids.length} words; its answers tell ${fitted.bits.toFixed(2)} bits of the patch`;
  const kept = `its first word of a patch is kept for ${percent(fitted.agreement)} of ${fitted.heldOut} patches of pictures left out, by ${fitted.units.bias.length} units with lambda ${fitted.lambda}`;
  return { ...fitted, checks: [about, kept] };
}

/** Says how many questions are left, and for how long once some are answered. */
function reportTime(name: string, total: number, onProgress: Progress | undefined): () => void {
  const started = Date.now();
  let done = 0;
  return () => {
    const detail = `${minutes(((Date.now() - started) / done) * (total - done))} left`;
    const step = { stage: `asking ${name} what patches show`, done, total, unit: "questions" } as const;
    onProgress?.(done === 0 ? step : { ...step, detail });
    done += 1;
  };
}

const minutes = (milliseconds: number): string => `about ${Math.max(1, Math.round(milliseconds / 60_000))} min`;

/** @throws InputError for an adapter that takes the class token too, which lies nowhere among the patches, or not all patches */
async function gridOf(adapter: Adapter, vision: string): Promise<Grid> {
  const spec = await VisionTower.spec(vision);
  const { selectFeature } = visionSelection(visionSettings(adapter).visionOptions);
  if (vectorsBeforePatches(spec, selectFeature) !== 0) {
    throw new InputError(
      `${adapter.path}: takes the class token among the patches, or leaves the first patch out, which --align contextual cannot place; use --align sparse`,
    );
  }
  const side = patchesPerSide(spec);
  return { rows: side, columns: side };
}

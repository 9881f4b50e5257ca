import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import { hashModel } from "../../checkpoint/hash-model.js";
import { readTensor } from "../../files/read-tensor.js";
import { sha256 } from "../../files/hash.js";
import { cachedTensors } from "../../runtime/parts/tensor-cache.js";
import { visionSettings } from "../../runtime/parts/vision-settings.js";
import { hashExamples, isFeatures } from "./seen-examples.js";
import type { FittedScores } from "./fit-scores.js";
import { DEFAULT_QUESTIONS, scoreWords, type ScoringOptions, type ScoringTask } from "./score-words.js";
import { QUESTIONS } from "./ask.js";

/** Raised when the same task would be answered otherwise. */
const RECIPE = "word-scores-5";

/**
 * As `scoreWords`, worked out once: kept in the cache folder under a hash of adapter, LLM, tower, pictures and words, so that the next
 * target takes no questions.
 */
export async function cachedScores(task: ScoringTask, options: ScoringOptions): Promise<FittedScores> {
  const { adapter, matrix } = task;
  const layers = Object.values<{ weight: CheckpointTensor; bias: CheckpointTensor }>(adapter.projector.layers);
  const sources = [...layers.flatMap(({ weight, bias }) => [weight, bias]), ...(matrix ? [matrix.tensor] : [])];
  const make = async () => {
    const { units, map, ...rest } = await scoreWords(task, options);
    const [count, inputs, words] = [units.bias.length, units.weight.length / units.bias.length, map.bias.length];
    const facts = new TextEncoder().encode(JSON.stringify(rest));
    return [
      floats("units.weight", units.weight, [count, inputs]),
      floats("units.bias", units.bias, [count]),
      floats("map.weight", map.weight, [words, count]),
      floats("map.bias", map.bias, [words]),
      { name: "facts", dtype: "U8" as const, shape: [facts.length], data: facts },
    ];
  };
  const recipe = `${RECIPE}-${(await hashTask(task)).slice(0, 32)}`;
  const kept = await cachedTensors({ recipe, what: "the scores of words", sources, make }, options);
  const read = async (name: string): Promise<Float32Array> =>
    new Float32Array((await readTensor(kept.get(name)!)).buffer);
  const facts = JSON.parse(new TextDecoder().decode(await readTensor(kept.get("facts")!))) as Facts;
  return {
    units: { weight: await read("units.weight"), bias: await read("units.bias") },
    map: { weight: await read("map.weight"), bias: await read("map.bias") },
    ...facts,
  };
}

type Facts = Omit<FittedScores, "units" | "map">;

function floats(name: string, values: Float32Array, shape: readonly number[]) {
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dtype: "F32" as const, shape, data };
}

/** Of everything that decides the scores but the adapter's tensors. */
async function hashTask({
  adapter,
  llm,
  words,
  examples,
  questions = DEFAULT_QUESTIONS,
}: ScoringTask): Promise<string> {
  const { vision, pictures, features } = await hashExamples(examples);
  const seen = isFeatures(examples) ? undefined : visionSettings(adapter);
  return sha256(
    JSON.stringify({
      ...{ llm: await hashModel(llm.checkpoint), vision, features },
      ...{ pictures, seen, questions, asked: QUESTIONS, words: words.tokens.map(({ id }) => id) },
    }),
  );
}

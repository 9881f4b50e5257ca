import { roundScale } from "../../model/llm/embedding-scale.js";
import { evenIndices } from "../../tensor/even-sample.js";
import { requireTensor } from "../../checkpoint/weights.js";
import { linearNames, type Decoder } from "../../model/llm/decoder.js";
import type { LlmFolder } from "../../model/llm/llm-folder.js";
import type { DecoderSpec } from "../../model/llm/decoder-spec.js";
import { EmbeddingRows } from "../../runtime/parts/embedding-rows.js";
import { quantiseTensors } from "../../runtime/parts/quantise.js";
import { LanguageModel } from "../../runtime/parts/language-model.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import { CPU } from "../../runtime/sessions/device.js";
import type { RunModel, Tensors } from "./check-model.js";
import { buildDecoderModel, buildEmbeddingModel } from "./decoder-model.js";
import type { PlannedModel } from "./planned-model.js";
import { storedWeights, roundingOf, type StoredDtype } from "./stored-weights.js";

/** Tokens that the checks run, the last of them on the cache of the others. */
const SAMPLES = 12;
/** Rounding of float32 over the layers of an LLM. */
const DIFFERENCE = 1e-4;

/** An LLM, opened by headers and configs. */
export interface LlmPart extends Decoder {
  readonly opened: LlmFolder;
  readonly name: string;
  /** A hash that tells one training of it from another. */
  readonly identity: string;
}

export interface LlmPlanOptions {
  readonly llm: LlmPart;
  /** The token that stands for an image in `input_ids`. */
  readonly imageToken: number;
  readonly dtype: StoredDtype;
  /** Bits of the integers of linear layers and head; undefined where these are floats too. */
  readonly bits?: 4 | 8 | undefined;
  readonly cacheFolder: string;
  readonly onNote?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The LLM as two models, by the names of transformers.js: from tokens to embeddings, and from embeddings to logits.
 *
 * @throws InputError for linear layers that no blocks can be made of
 */
export async function planLlm(options: LlmPlanOptions): Promise<PlannedModel[]> {
  const { llm, imageToken, dtype, bits } = options;
  const linear = linearNames(llm).map((name) => requireTensor(llm.weights, name));
  const quantised = bits === undefined ? undefined : await quantiseTensors(linear, bits, options);
  const parts = { ...llm, weights: storedWeights(llm.weights, dtype) };
  const metadata = { llm: llm.name, llm_identity: llm.identity };
  const ids = sampleIds(llm.table.vocabSize);
  return [
    {
      name: "embed_tokens",
      graph: buildEmbeddingModel(parts, imageToken),
      metadata: { ...metadata, image_token: String(imageToken) },
      check: {
        sample: `${SAMPLES} tokens`,
        rounding: roundingOf(dtype, 0),
        written: (run) => run({ input_ids: { data: BigInt64Array.from(ids, BigInt), shape: [1, SAMPLES] } }),
        reference: async () => ({ inputs_embeds: await embedInPlace(options, ids) }),
      },
    },
    {
      name: "decoder_model_merged",
      graph: buildDecoderModel(parts, quantised),
      metadata,
      check: {
        sample: `${SAMPLES - 1} tokens and one more on their cache`,
        rounding: roundingOf(dtype, DIFFERENCE),
        written: async (run) => decode(run, await embedInPlace(options, ids), llm.spec),
        reference: async (client) => ({ logits: await decodeInPlace(client, options, ids) }),
      },
    },
  ];
}

/** Spread over the vocabulary. */
const sampleIds = (vocabSize: number): number[] => evenIndices(vocabSize, SAMPLES);

async function embedInPlace({ llm: { table, spec } }: LlmPlanOptions, ids: readonly number[]) {
  const rows = await EmbeddingRows.open(table, { scale: roundScale(spec.embeddingScale, "F32") });
  try {
    return { data: rows.read(ids), shape: [1, ids.length, table.hiddenSize] };
  } finally {
    await rows.close();
  }
}

async function decodeInPlace(
  client: WorkerClient,
  { llm, bits, cacheFolder, onNote, signal }: LlmPlanOptions,
  ids: readonly number[],
) {
  const dtype = bits === undefined ? "f32" : `q${bits}`;
  const options = { ...{ client, dtype, threads: 0, cacheFolder, onNote, signal }, device: CPU };
  const model = await LanguageModel.open(llm.opened, { ...options, contextLength: SAMPLES });
  try {
    const prefix = await model.start(model.embed(ids.slice(0, -1)));
    const logits = await model.logits({ prefix, embeddings: model.embed(ids.slice(-1)) });
    return { data: logits, shape: [1, 1, logits.length] };
  } finally {
    await model.close();
  }
}

async function decode(
  run: RunModel,
  embeddings: Awaited<ReturnType<typeof embedInPlace>>,
  { layers, kvHeads, headDim, hiddenSize }: DecoderSpec,
): Promise<Tensors> {
  const none = { data: new Float32Array(0), shape: [1, kvHeads, 0, headDim] };
  const before = SAMPLES - 1;
  const first = await run({
    inputs_embeds: { data: embeddings.data.slice(0, before * hiddenSize), shape: [1, before, hiddenSize] },
    attention_mask: ones(before),
    ...perCache(layers.length, (layer, part) => [`past_key_values.${layer}.${part}`, none]),
  });
  const { logits } = await run({
    inputs_embeds: { data: embeddings.data.slice(before * hiddenSize), shape: [1, 1, hiddenSize] },
    attention_mask: ones(SAMPLES),
    ...perCache(layers.length, (layer, part) => [
      `past_key_values.${layer}.${part}`,
      first[`present.${layer}.${part}`]!,
    ]),
  });
  return { logits: logits! };
}

const ones = (length: number) => ({ data: new BigInt64Array(length).fill(1n), shape: [1, length] });

function perCache(layers: number, entry: (layer: number, part: string) => [string, Tensors[string]]): Tensors {
  const entries = Array.from({ length: layers }, (_, layer) => [entry(layer, "key"), entry(layer, "value")]);
  return Object.fromEntries(entries.flat());
}

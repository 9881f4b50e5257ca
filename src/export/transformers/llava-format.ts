import { join } from "node:path";
import { writeShardedSafetensors } from "../../checkpoint/safetensors/write-sharded.js";
import { outlineByteLength, type TensorToWrite } from "../../checkpoint/tensor-to-write.js";
import { folderName } from "../../checkpoint/hub-cache.js";
import { InputError, UnavailableError } from "../../errors.js";
import { writeFolderAtomically } from "../../files/atomic-folder.js";
import { verbatimText } from "../../files/verbatim-json.js";
import { writeFile } from "../../files/write-file.js";
import { CARD_FILE, cardText, NOT_MEASURED } from "../../layout/model-card.js";
import { foldProjector } from "../../runtime/parts/fold.js";
import { hasOnnxruntime } from "../../runtime/sessions/onnxruntime.js";
import type { PartOptions } from "../../runtime/parts/part-options.js";
import { projectorWeights } from "../../runtime/parts/projector-weights.js";
import { withWorker } from "../../runtime/sessions/client.js";
import { CPU } from "../../runtime/sessions/device.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import { reportProgress } from "../../checkpoint/report-progress.js";
import type { ExportFormat, ExportRequest, ExportResult } from "../format.js";
import { listFiles } from "../../files/list-files.js";
import { writeGenerationConfig } from "./generation-config.js";
import { LLAVA_TAGS, llavaUses } from "./llava-card.js";
import { llavaConfig, preprocessorConfig, processorConfig } from "./llava-config.js";
import { openLlavaParts, type LlavaParts } from "./llava-parts.js";
import { requireCarried, type TwoLayerProjector } from "./llava-projector.js";
import { modelTensors } from "./model-tensors.js";
import { promptWarnings } from "./prompt-warnings.js";
import { fileMetadata, provenanceOf, type ExportProvenance } from "./provenance.js";
import { describeParts, usageOf } from "./remarks.js";
import { writeTokenizerFiles } from "./tokenizer-files.js";
import { verifyLlava } from "./verify-llava.js";

export interface LlavaRequest extends Omit<ExportRequest, "dtype"> {
  /** Of all weights; each as it lies when left out. */
  readonly dtype?: FloatDtype | undefined;
  /** Largest shard in bytes; MAX_SHARD_BYTES when left out. */
  readonly maxShardBytes?: number | undefined;
}

/**
 * Adapter, LLM and vision tower as one folder that transformers loads as LlavaForConditionalGeneration: the projector in its exact
 * two-layer form, weights streamed from where they lie, tokenizer, chat template and processors.
 */
export const llavaFormat: ExportFormat = {
  summary: "adapter, LLM and vision tower as one model for Hugging Face transformers and what reads its folders",
  takes: ["vision", "llm", "dtype"],
  write: ({ dtype, ...request }) => writeLlava({ ...request, dtype: floatDtype(dtype) }),
};

function floatDtype(dtype: ExportRequest["dtype"]): FloatDtype | undefined {
  if (dtype !== "Q8" && dtype !== "Q4") return dtype === "keep" ? undefined : dtype;
  throw new InputError(
    `--dtype=${dtype.toLowerCase()}: --format hf writes keep, the default, f32, f16 or bf16; transformers quantises as it loads (BitsAndBytesConfig), and --format gguf writes blocks`,
  );
}

/**
 * Writes the folder, reads it back and puts it in its place when all is right.
 *
 * @throws InputError for parts that do not fit or cannot be carried
 * @throws UnavailableError when disk space or memory is short
 */
export async function writeLlava(request: LlavaRequest): Promise<ExportResult> {
  const { adapter, output, force, cacheFolder, onNote, onProgress, signal } = request;
  requireCarried(projectorWeights(adapter), adapter.path);
  const parts = await openLlavaParts({
    adapter,
    llm: required(request.llm, "--llm"),
    vision: required(request.vision, "--vision"),
  });
  if (!(await hasOnnxruntime())) {
    throw new UnavailableError(
      "--format hf folds the adapter and checks the result with onnxruntime-node, which is not installed; add it with: npm install onnxruntime-node",
    );
  }
  return withWorker(async (client) => {
    const run: PartOptions = {
      ...{ client, device: CPU, dtype: "f32", threads: 0, cacheFolder, onNote, onProgress, signal },
    };
    onProgress?.({ stage: "folding", done: 0, total: 0 });
    const folded = (await foldProjector(parts.projector, run)) as TwoLayerProjector;
    const tensors = modelTensors(parts, folded, request);
    const expectedBytes = tensors.reduce((sum, tensor) => sum + outlineByteLength(tensor, output), 0);
    const write = (folder: string) => writeModel(folder, { parts, tensors, expectedBytes, request, run });
    return writeFolderAtomically(output, write, { force, expectedBytes, signal });
  });
}

function required(folder: string | undefined, flag: string): string {
  if (folder !== undefined) return folder;
  throw new InputError(`${flag}: is missing; --format hf writes adapter, LLM and vision tower as one model`);
}

interface Writing {
  readonly parts: LlavaParts;
  readonly tensors: readonly TensorToWrite[];
  readonly expectedBytes: number;
  readonly request: LlavaRequest;
  readonly run: PartOptions;
}

async function writeModel(folder: string, writing: Writing): Promise<ExportResult> {
  const { parts, tensors, expectedBytes, request, run } = writing;
  const { maxShardBytes, signal, onProgress, output } = request;
  const { llm, imageToken, marking, template } = parts;
  const provenance = await provenanceOf(parts, request.toolVersion);
  await writeShardedSafetensors(folder, reportProgress(tensors, { total: expectedBytes }, onProgress), {
    metadata: fileMetadata(provenance),
    maxShardBytes,
    signal,
  });
  const from = llm.files;
  await writeTokenizerFiles({ from, to: folder, json: llm.tokenizerJson, imageToken, template: template.source });
  await writeSettings(folder, writing, provenance);
  onProgress?.({ stage: "checking", done: 0, total: 0 });
  const checks = await verifyLlava(folder, parts, run);
  const warnings = await promptWarnings(folder, { llm: from, marking, imageToken: imageToken.id });
  const remarks = [
    ...describeParts(parts, { dtype: request.dtype, loadedAs: loadedAs(parts, request) }),
    ...parts.warnings,
    ...warnings,
  ];
  const { adapter, toolVersion } = request;
  const card = cardText({
    ...{ title: adapter.name, tags: LLAVA_TAGS, toolVersion, uses: llavaUses(), checks, remarks },
    parts: { adapter: adapter.name, LLM: llm.name, "vision tower": folderName(parts.tower.checkpoint.folder) },
    measured: [NOT_MEASURED],
  });
  await writeFile(join(folder, CARD_FILE), card);
  return { files: await listFiles(folder), checks, remarks, usage: usageOf(output) };
}

/** What transformers loads every weight as: the LLM's dtype, unless one was asked for. */
const loadedAs = ({ llm }: LlavaParts, { dtype }: LlavaRequest): FloatDtype => dtype ?? llm.table.tensor.dtype;

async function writeSettings(folder: string, { parts, request }: Writing, provenance: ExportProvenance): Promise<void> {
  const { dtype } = request;
  const { llm, tower, imageToken, seen } = parts;
  const settings = {
    ...{ text: llm.ownConfig, tower: tower.config, spec: tower.spec, imageToken, dtype, provenance },
    ...{ selectLayer: seen.selectLayer, selectFeature: seen.selectFeature },
    loadedAs: loadedAs(parts, request),
    multipliesTokens: llm.embeddingScale !== 1,
    rows: llm.table.vocabSize + (imageToken.row === "added" ? 1 : 0),
    tied: llm.table.tied,
  };
  const write = (name: string, value: unknown): Promise<void> => writeFile(join(folder, name), verbatimText(value));
  await write("config.json", llavaConfig(settings));
  await write("processor_config.json", processorConfig(settings));
  await write(
    "preprocessor_config.json",
    preprocessorConfig(tower.preprocessor, { pads: seen.pads, spec: tower.spec }),
  );
  await writeGenerationConfig(folder, llm);
}

import { ownVectorScale, vectorScale } from "../../adapter/vector-scale.js";
import type { Adapter } from "../../adapter/load.js";
import { realPath } from "../../files/look.js";
import { openLlm, type LlmFolder } from "../../model/llm/llm-folder.js";
import type { WrittenType } from "../../checkpoint/gguf/tensor-types.js";
import { InputError, UnavailableError } from "../../errors.js";
import { parseImageProcessor } from "../../model/vision/image-processors.js";
import { foldProjector } from "../../runtime/parts/fold.js";
import { checkWidths } from "../../runtime/parts/load-model.js";
import { describeChangedRows } from "../../adapter/changed-rows.js";
import { projectorWeights } from "../../runtime/parts/projector-weights.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import { hasOnnxruntime } from "../../runtime/sessions/onnxruntime.js";
import type { ExportRequest, WeightType } from "../format.js";
import { adapterOrigin } from "../onnx/adapter-origin.js";
import { openVisionPart } from "../onnx/vision-part.js";
import { requireNotDecoded, type TwoLayerProjector } from "../transformers/llava-projector.js";
import { requireLlmArchitecture } from "./plan-llm-file.js";
import type { MmprojParts } from "./plan-mmproj.js";
import { requireNoTiles } from "./tiles.js";

/** What matrices are written as, by what was asked for; float16 keeps answers and halves the file. */
const TYPES: Readonly<Record<Exclude<WeightType, "keep">, WrittenType>> = {
  F32: "F32",
  F16: "F16",
  BF16: "BF16",
  Q8: "Q8_0",
  Q4: "Q4_0",
};

/** How an adapter's vectors go into an LLM of llama.cpp. */
interface LlamaScale {
  /** What they are multiplied by before the first layer. */
  readonly vectors: number;
  /** What of that is left for the file, where llama.cpp multiplies too. */
  readonly share: number;
  readonly warnings: readonly string[];
}

/**
 * llama.cpp multiplies the vectors of pictures in Gemma 1 and 2, as transformers before 5.4 did, and leaves them in Gemma 3.
 *
 * @throws InputError where the adapter needs a multiplication and nothing says which LLM it is for
 */
function llamaScale(adapter: Adapter, llm: LlmFolder | undefined): LlamaScale {
  if (llm !== undefined) {
    const { scale: vectors, warnings } = vectorScale(adapter, llm);
    const { multipliesPictures } = requireLlmArchitecture(llm);
    return { vectors, share: multipliesPictures ? 1 / llm.embeddingScale : 1, warnings };
  }
  const vectors = ownVectorScale(adapter);
  if (vectors === 1) return { vectors, share: 1, warnings: [] };
  throw new InputError(
    `${adapter.path}: was made for an LLM that multiplies its input embeddings (by ${vectors.toPrecision(4)}), and llama.cpp does so with pictures too for some; give that LLM as --llm`,
  );
}

/** What an export to GGUF is made of, opened and known to fit. */
export interface GgufParts {
  readonly mmproj: MmprojParts;
  /** The LLM, where it is given. */
  readonly llm: LlmFolder | undefined;
  /** What may be wrong though the files run, one line each. */
  readonly warnings: readonly string[];
}

/** Whether the LLM's rows are those that the adapter was made with. */
async function rowWarnings(adapter: Adapter, llm: LlmFolder | undefined): Promise<string[]> {
  if (llm === undefined || (await realPath(adapter.folder)) === (await realPath(llm.checkpoint.folder))) return [];
  const moved = await describeChangedRows(adapter, llm);
  return moved === undefined ? [] : [moved];
}

/**
 * Opens the parts of an mmproj file, by headers and configs alone but for a projector that is folded.
 * @throws InputError when one is missing, does not fit another, or is what llama.cpp cannot hold
 * @throws UnavailableError when folding needs what this machine lacks
 */
export async function openGgufParts(request: ExportRequest, client: WorkerClient): Promise<GgufParts> {
  const { adapter, vision, llm, dtype = "F16", cacheFolder, onNote, signal, onProgress } = request;
  if (dtype === "keep") {
    throw new InputError("--dtype=keep: --format gguf writes f16, the default, f32, bf16, q8 or q4");
  }
  if (vision === undefined) {
    throw new InputError("--vision: is missing; --format gguf writes tower and adapter as one file");
  }
  requireNoTiles(adapter);
  const opened = llm === undefined ? undefined : await openLlm(llm);
  const scale = llamaScale(adapter, opened);
  const own = projectorWeights(adapter, scale.vectors);
  requireNotDecoded(own, adapter.path, "llama.cpp");
  await checkWidths({ vision, llm: opened, adapter: own });
  const tower = await openVisionPart(vision, adapter);
  if (own.kind === "mm_vocab" && !(await hasOnnxruntime())) {
    throw new UnavailableError(
      "--format gguf folds the adapter with onnxruntime-node, which is not installed; add it with: npm install onnxruntime-node",
    );
  }
  onProgress?.({ stage: "folding", done: 0, total: 0 });
  const projector = (await foldProjector(own, {
    client,
    threads: 0,
    cacheFolder,
    onNote,
    onProgress,
    signal,
  })) as TwoLayerProjector;
  const { spec, weights, selection, pads } = tower;
  const images = { ...parseImageProcessor(tower.preprocessor, vision), ...(pads && { pad: true as const }) };
  const origin = await adapterOrigin(adapter, { folded: projector !== own, signal });
  const mmproj: MmprojParts = {
    adapterName: adapter.name,
    vision: { spec, weights, selection, images },
    projector,
    scale: scale.share,
    type: TYPES[dtype],
    origin: {
      ...{ version: request.toolVersion, ...origin },
      ...{ vision_tower: tower.name, vision_identity: tower.identity },
    },
  };
  return { mmproj, llm: opened, warnings: [...scale.warnings, ...(await rowWarnings(adapter, opened))] };
}

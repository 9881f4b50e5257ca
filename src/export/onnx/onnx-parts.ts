import { hashModel } from "../../checkpoint/hash-model.js";
import { InputError } from "../../errors.js";
import type { ProjectorWeights } from "../../model/projector/projector-graph.js";
import { readDecoder } from "../../model/llm/decoder.js";
import { checkWidths } from "../../runtime/parts/load-model.js";
import type { ExportRequest, WeightType } from "../format.js";
import { openLlavaParts, type LlavaParts } from "../transformers/llava-parts.js";
import type { LlmPart } from "./plan-llm.js";
import type { StoredDtype } from "./stored-weights.js";
import { openVisionPart, type VisionPart } from "./vision-part.js";

/** What an export is made of besides the adapter, opened and known to fit. */
export interface OnnxParts {
  readonly dtype: StoredDtype;
  /** Bits of the integers of the LLM's linear layers and head; undefined where these are floats too. */
  readonly bits: 4 | 8 | undefined;
  readonly vision: VisionPart | undefined;
  /** The LLM's graphs, and what its tokenizer and prompts become. */
  readonly speaking: { readonly llm: LlmPart; readonly llava: LlavaParts } | undefined;
}

/**
 * Opens tower and LLM, where they are given, by headers and configs alone, before anything is worked out.
 *
 * @throws InputError when one of them is not supported or does not fit the adapter
 */
export async function openOnnxParts(request: ExportRequest, adapter: ProjectorWeights): Promise<OnnxParts> {
  const { vision, llm, dtype: asked = "F32" } = request;
  const { dtype, bits } = storedDtype(asked);
  if (bits !== undefined && llm === undefined) {
    throw new InputError(
      `--dtype=q${bits}: --format onnx writes blocks for the linear layers of an LLM, and none is given; add --llm, or choose f16`,
    );
  }
  if (llm !== undefined && vision === undefined) {
    throw new InputError("--llm: needs --vision too; with both, --format onnx writes the whole model");
  }
  await checkWidths({ vision, llm, adapter });
  return {
    ...{ dtype, bits },
    vision: vision === undefined ? undefined : await openVisionPart(vision, request.adapter),
    speaking: llm === undefined ? undefined : await openSpeaking(request, vision!, llm),
  };
}

/** Beside blocks all other weights are float16. */
function storedDtype(asked: WeightType): { readonly dtype: StoredDtype; readonly bits: 4 | 8 | undefined } {
  if (asked === "F32" || asked === "F16") return { dtype: asked, bits: undefined };
  if (asked === "Q8" || asked === "Q4") return { dtype: "F16", bits: asked === "Q8" ? 8 : 4 };
  throw new InputError(
    `--dtype=${asked.toLowerCase()}: --format onnx writes f32, f16, q8 or q4; few runtimes read bfloat16`,
  );
}

async function openSpeaking({ adapter }: ExportRequest, vision: string, path: string) {
  const llava = await openLlavaParts({ adapter, llm: path, vision });
  const identity = await hashModel(llava.llm.checkpoint);
  return { llava, llm: { ...readDecoder(llava.llm), opened: llava.llm, name: llava.llm.name, identity } };
}

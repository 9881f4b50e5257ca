import { text, uint32, type WrittenValue } from "../../checkpoint/gguf/written-keys.js";
import type { WrittenType } from "../../checkpoint/gguf/tensor-types.js";
import { requireTensor } from "../../checkpoint/weights.js";
import { InputError } from "../../errors.js";
import { architectureOf, type Architecture } from "../../model/gguf/architectures.js";
import { nameInGguf, pairedHeads, ROPE_FACTORS } from "../../model/gguf/transformers-tensors.js";
import { decoderTensorNames } from "../../model/llm/decoder-graph.js";
import { readDecoder, type Decoder } from "../../model/llm/decoder.js";
import { readGenerationSettings } from "../../model/llm/generation-settings.js";
import { decoderConfig, transformersModelType } from "../../model/llm/llm-families.js";
import type { LlmFolder } from "../../model/llm/llm-folder.js";
import { loadChatTemplate } from "../../prompt/chat-template.js";
import { readTokenizerParts, type TokenizerParts } from "../../vocabulary/read-tokenizer.js";
import { llamaCppTemplate } from "../transformers/llava-template.js";
import { decoderKeys, ropeDivisors } from "./decoder-keys.js";
import type { PlannedFile } from "./plan-mmproj.js";
import { tokenizerKeys, tokenizerRemarks } from "./tokenizer-keys.js";
import { typeFor, type PlannedTensor } from "./written-tensor.js";

export interface LlmFilePlan extends PlannedFile {
  readonly remarks: readonly string[];
}

export interface LlmFileOptions {
  readonly type: WrittenType;
  /** Where it comes from: keys and texts. */
  readonly origin: Readonly<Record<string, string>>;
}

/** llama.cpp's numbers of what most matrices of a file are. Source: `enum llama_ftype` in include/llama.h. */
const FILE_TYPES: Readonly<Record<WrittenType, number>> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 7, BF16: 32 };

/** The version of the block formats. Source: GGML_QNT_VERSION in ggml/include/ggml.h. */
const BLOCKS_VERSION = 2;

/**
 * llama.cpp's architecture of an LLM.
 *
 * @throws InputError for one that has none here
 */
export function requireLlmArchitecture(llm: LlmFolder): Architecture {
  const { model_type: type } = decoderConfig(llm.config) as { readonly model_type?: string };
  const found = architectureOf(transformersModelType(type));
  if (found !== undefined) return found;
  throw new InputError(`${llm.path}: model_type is "${type}", which --format gguf does not write; take --format hf`);
}

/**
 * The GGUF file of an LLM with its tokenizer and chat template.
 *
 * @throws InputError for an LLM that llama.cpp would run otherwise, and for tensors that are missing or of another shape
 */
export async function planLlmFile(llm: LlmFolder, { type, origin }: LlmFileOptions): Promise<LlmFilePlan> {
  const architecture = requireLlmArchitecture(llm);
  const decoder = readDecoder(llm);
  const { spec } = decoder;
  const parts = await readTokenizerParts(llm.files);
  const { eosTokens } = await readGenerationSettings(llm);
  const template = (await loadChatTemplate(llm.files))?.source;
  const isBlocks = type === "Q8_0" || type === "Q4_0";
  const own = Object.entries(origin).map(([key, value]) => [`langbridge.${key}`, text(value)] as const);
  const keys = new Map<string, WrittenValue>([
    ["general.architecture", text(architecture.name)],
    ["general.type", text("model")],
    ["general.name", text(llm.name)],
    ["general.file_type", uint32(FILE_TYPES[type])],
    ...(isBlocks ? [["general.quantization_version", uint32(BLOCKS_VERSION)] as const] : []),
    ...decoderKeys({ spec, architecture, path: llm.path }),
    ...tokenizerKeys(parts, { rows: llm.table.vocabSize, eosTokens }),
    ["tokenizer.chat_template", text(llamaCppTemplate(template))],
    ...own,
  ]);
  return {
    name: `model-${type}.gguf`,
    keys,
    tensors: decoderTensors(decoder, architecture, type),
    remarks: llmRemarks(decoder, { type, architecture, parts, hasTemplate: template !== undefined }),
  };
}

function decoderTensors(decoder: Decoder, architecture: Architecture, type: WrittenType): PlannedTensor[] {
  const { spec, weights, places, table } = decoder;
  const place = (own: string): string => {
    if (own === places.head && own !== table.tensor.name) return "lm_head.weight";
    return own === table.tensor.name ? spec.tensors.embeddings : own.slice(places.prefix.length);
  };
  const planned = [...decoderTensorNames(decoder)].map((own): PlannedTensor => {
    const name = nameInGguf(place(own), architecture);
    if (name === undefined) {
      throw new InputError(`${weights.path}: llama.cpp has no place for "${own}" in a ${architecture.name}`);
    }
    const source = own === table.tensor.name ? table.tensor : requireTensor(weights, own);
    const heads = architecture.pairsHeads ? pairedHeads(`.${place(own)}`, spec) : undefined;
    return {
      ...{ name, source, type: llmType(name, source, type) },
      ...(heads !== undefined && { order: pairedRows(source.shape[0]!, heads) }),
      ...(architecture.addsOneToNorms && name.endsWith("norm.weight") && { plus: 1 }),
    };
  });
  const divisors = ropeDivisors(spec);
  if (divisors === undefined) return planned;
  const bytes = new Uint8Array(divisors.buffer);
  const { length } = divisors;
  const { file } = table.tensor;
  const source = { name: ROPE_FACTORS, dtype: "F32", shape: [length], file, byteLength: bytes.length, bytes } as const;
  return [{ name: ROPE_FACTORS, type: "F32", source }, ...planned];
}

/** Four bits cost most in the table and the head, which llama.cpp's own files of four bits hold in more. */
function llmType(name: string, source: PlannedTensor["source"], type: WrittenType): WrittenType {
  const isTable = name === "token_embd.weight" || name === "output.weight";
  return typeFor(source, type === "Q4_0" && isTable ? "Q8_0" : type);
}

/** Row 2 i + j of a head is row i + j * (half of its rows) of transformers', for llama.cpp rotates neighbours. */
function pairedRows(rows: number, heads: number): Uint32Array {
  const each = rows / heads;
  return Uint32Array.from({ length: rows }, (_, row) => {
    const [head, within] = [Math.floor(row / each), row % each];
    return head * each + (within % 2) * (each / 2) + Math.floor(within / 2);
  });
}

interface RemarkSources {
  readonly type: WrittenType;
  readonly architecture: Architecture;
  readonly parts: TokenizerParts;
  readonly hasTemplate: boolean;
}

function llmRemarks({ spec }: Decoder, { type, architecture, parts, hasTemplate }: RemarkSources): string[] {
  const window = spec.layers.find((layer) => layer.window !== undefined)?.window;
  return [
    ...(architecture.name === "llama" && window !== undefined && window < spec.maxPositions
      ? [`window: the LLM looks back ${window} tokens, llama.cpp looks back on all; prompts of fewer tokens are alike`]
      : []),
    ...(type === "Q4_0" ? ["Q4_0: the embedding table and the output head are Q8_0"] : []),
    ...(hasTemplate ? [] : ["chat template: LLaVA 1.5's (USER: ... ASSISTANT:), for the LLM has none"]),
    ...tokenizerRemarks(parts),
  ];
}

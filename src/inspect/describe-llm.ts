import { basename } from "node:path";
import { z } from "zod";
import { checkJson } from "../files/check-json.js";
import {
  elementCount,
  isDecoded,
  isMaterialised,
  isMerged,
  storedByteLength,
  storedTypeName,
  type CheckpointTensor,
} from "../tensor/tensor-info.js";
import type { LlmFolder } from "../model/llm/llm-folder.js";

/** What an LLM folder holds, as `inspect` shows it; only headers are read. */
export interface LlmDescription {
  /** `model_type` of config.json. */
  readonly family: string;
  readonly architecture?: string;
  readonly layers?: number;
  readonly parameters: number;
  readonly bytes: number;
  readonly files: number;
  readonly embedding: {
    readonly tensor: string;
    readonly file: string;
    readonly dtype: string;
    readonly rows: number;
    readonly hiddenSize: number;
    /** Whether the table is the output head too. */
    readonly tied: boolean;
  };
}

const fields = z.looseObject({
  model_type: z.string().optional(),
  architectures: z.array(z.string()).nullish(),
  num_hidden_layers: z.int().positive().optional(),
  n_layer: z.int().positive().optional(),
  text_config: z.looseObject({ num_hidden_layers: z.int().positive().optional() }).optional(),
});

/**
 * Describes an opened LLM.
 *
 * @throws InputError for a config.json whose fields are of other types
 */
export function describeLlm({ checkpoint, table, ...llm }: LlmFolder): LlmDescription {
  const config = checkJson(fields, llm.config, llm.configPath);
  const tensors = distinctTensors(checkpoint);
  const architecture = config.architectures?.[0];
  const layers = config.num_hidden_layers ?? config.n_layer ?? config.text_config?.num_hidden_layers;
  return {
    family: config.model_type ?? "unknown",
    ...(architecture !== undefined && { architecture }),
    ...(layers !== undefined && { layers }),
    parameters: sum(tensors, ({ shape }) => elementCount(shape)),
    bytes: sum(tensors, storedByteLength),
    files: checkpoint.files.size,
    embedding: {
      tensor: table.tensor.name,
      file: basename(table.tensor.file),
      dtype: storedTypeName(table.tensor),
      rows: table.vocabSize,
      hiddenSize: table.hiddenSize,
      tied: table.tied,
    },
  };
}

/** Bytes of all tensors; those that lie in one place, as tied ones do, count once. */
function distinctTensors({ tensors }: LlmFolder["checkpoint"]): CheckpointTensor[] {
  return [...new Map([...tensors.values()].map((tensor) => [placeOf(tensor), tensor])).values()];
}

function placeOf(tensor: CheckpointTensor): string {
  if (isMaterialised(tensor) || isMerged(tensor)) return `${tensor.file} ${tensor.name}`;
  const { byteOffset } = isDecoded(tensor) ? tensor.stored : tensor;
  // An empty tensor begins where the next one begins.
  return `${tensor.file} ${byteOffset} ${tensor.byteLength === 0 ? tensor.name : ""}`;
}

const sum = (tensors: readonly CheckpointTensor[], value: (tensor: CheckpointTensor) => number): number =>
  tensors.reduce((total, tensor) => total + value(tensor), 0);

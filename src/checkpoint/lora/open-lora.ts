import { join } from "node:path";
import { InputError } from "../../errors.js";
import { exists, isFolder } from "../../files/look.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import { openCheckpoint, type Checkpoint, type CheckpointFile } from "../checkpoint.js";
import { hasWeights } from "../weight-files.js";
import { LLAVA_TRAINED, LORA_SETTINGS, readLoraSettings } from "./lora-settings.js";

/** PEFT's own names of the weights of a LoRA, in the order in which PEFT looks for them. */
const LORA_WEIGHTS = ["adapter_model.safetensors", "adapter_model.bin"];

/** The change of one matrix: scale * left * right, or the transpose of scale * right * left. */
export interface LoraChange {
  /** Name of the module in the base model: "model.layers.0.self_attn.q_proj". */
  readonly module: string;
  /** (rows, rank), or (rank, rows) where `transposed`. */
  readonly left: CheckpointTensor;
  /** (rank, columns), or (columns, rank) where `transposed`. */
  readonly right: CheckpointTensor;
  readonly transposed: boolean;
  readonly scale: number;
  /** Whether it is the change of an embedding table. */
  readonly table: boolean;
}

/** A LoRA by its headers. */
export interface Lora extends Pick<Checkpoint, "path" | "folder" | "files"> {
  readonly changes: readonly LoraChange[];
  /** Tensors that were trained whole, and the name of the base's that each replaces. */
  readonly whole: readonly { readonly replaces: string; readonly tensor: CheckpointTensor }[];
}

/** Whether a folder holds a LoRA of PEFT and no model. */
export async function isLora(path: string): Promise<boolean> {
  if (!(await exists(path)) || !(await isFolder(path)) || !(await exists(join(path, LORA_SETTINGS)))) return false;
  return !(await hasWeights(path));
}

/** The file of LLaVA with what was trained beside the LoRA of a folder; undefined where there is none. */
export async function llavaTrained(folder: string): Promise<string | undefined> {
  const path = join(folder, LLAVA_TRAINED);
  return (await exists(path)) ? path : undefined;
}

/** The two matrices of a change, and a tensor that was trained whole, behind the name of their module. */
const LEFT = /^(?<module>.+)\.(?:lora_B(?:\.\w+)?\.weight)$/;
const RIGHT = /^(?<module>.+)\.(?:lora_A(?:\.\w+)?\.weight)$/;
const EMBEDDING_LEFT = /^(?<module>.+)\.lora_embedding_A(?:\.\w+)?$/;
const EMBEDDING_RIGHT = /^(?<module>.+)\.lora_embedding_B(?:\.\w+)?$/;

/**
 * Opens the folder that PEFT's `save_pretrained` writes for a LoRA, and LLaVA's file beside it where there is one.
 *
 * @throws InputError when its weights are missing, or when a tensor is no part of a LoRA that can be merged
 */
export async function openLora(folder: string): Promise<Lora> {
  const settings = await readLoraSettings(folder);
  const { tensors, files } = await openWeights(folder);
  const names = new Map([...tensors].map(([name, tensor]) => [baseName(name), tensor]));
  const changes: LoraChange[] = [];
  const whole: { replaces: string; tensor: CheckpointTensor }[] = [];
  for (const [name, tensor] of names) {
    const linear = LEFT.exec(name)?.groups?.["module"];
    const table = EMBEDDING_LEFT.exec(name)?.groups?.["module"];
    const module = linear ?? table;
    if (module !== undefined)
      changes.push(changeOf(module, tensor, names, { table: table !== undefined, folder, settings }));
    else if (!RIGHT.test(name) && !EMBEDDING_RIGHT.test(name))
      whole.push({ replaces: wholeName(name, tensor, folder), tensor });
  }
  const trained = await openTrained(folder);
  const own = [...(trained?.tensors ?? [])].map(([name, tensor]) => ({ replaces: baseName(name), tensor }));
  return {
    path: folder,
    folder,
    files: new Map([...files, ...(trained?.files ?? new Map<string, CheckpointFile>())]),
    changes,
    whole: [...whole, ...own.filter(({ replaces }) => !BESIDE_THE_LLM.test(replaces))],
  };
}

/** What LLaVA keeps in its file that is no part of the LLM. */
const BESIDE_THE_LLM = /(^|\.)(?:mm_projector|vision_tower|vision_resampler|image_newline)\b/;

async function openWeights(folder: string): Promise<Checkpoint> {
  for (const name of LORA_WEIGHTS) {
    if (await exists(join(folder, name))) return openCheckpoint(join(folder, name));
  }
  throw new InputError(`${folder}: has ${LORA_SETTINGS} and no ${LORA_WEIGHTS.join(" or ")}; fetch the folder anew`);
}

async function openTrained(folder: string): Promise<Checkpoint | undefined> {
  const path = await llavaTrained(folder);
  return path === undefined ? undefined : openCheckpoint(path);
}

/** The name within the base model: PEFT puts "base_model.model." before it, and its wrapped layers have a part more. */
const baseName = (name: string): string =>
  name
    .replace(/^base_model\.model\./, "")
    .replace(/\.(?:base_layer|original_module|modules_to_save(?:\.\w+)?)\.(?=weight$|bias$)/, ".")
    .replace(/^model\.(?=model\.)/, "");

function wholeName(name: string, { name: stored }: CheckpointTensor, folder: string): string {
  if (/\.(?:weight|bias)$/.test(name) && !name.includes("lora_")) return name;
  throw new InputError(
    `${folder}: holds "${stored}", which is no part of a LoRA that is merged here; merge it with PEFT, then name that folder`,
  );
}

interface ChangeContext {
  /** Whether the module is an embedding table. */
  readonly table: boolean;
  readonly folder: string;
  readonly settings: Awaited<ReturnType<typeof readLoraSettings>>;
}

function changeOf(
  module: string,
  first: CheckpointTensor,
  names: ReadonlyMap<string, CheckpointTensor>,
  { table, folder, settings }: ChangeContext,
): LoraChange {
  const pattern = table ? EMBEDDING_RIGHT : RIGHT;
  const second = [...names].find(([name]) => pattern.exec(name)?.groups?.["module"] === module)?.[1];
  if (second === undefined) {
    throw new InputError(
      `${folder}: holds "${first.name}" without its other matrix; the file is damaged, fetch it anew`,
    );
  }
  const transposed = table || settings.transposed;
  // Of a linear layer A is (rank, in) and B (out, rank); of a table A is (rank, rows) and B (columns, rank).
  const [left, right] = table || !settings.transposed ? [first, second] : [second, first];
  const [rank, other] = transposed ? [left.shape[0], right.shape[1]] : [left.shape[1], right.shape[0]];
  if (left.shape.length !== 2 || right.shape.length !== 2 || rank !== other) {
    throw new InputError(
      `${folder}: "${left.name}" is (${left.shape.join(", ")}) and "${right.name}" (${right.shape.join(", ")}); expected matrices of one rank`,
    );
  }
  return { module, left, right, transposed, scale: settings.scaleOf(module, rank!), table };
}

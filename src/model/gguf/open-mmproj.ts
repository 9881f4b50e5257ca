import { openCheckpoint, type Checkpoint } from "../../checkpoint/checkpoint.js";
import { InputError } from "../../errors.js";
import { sha256 } from "../../files/hash.js";
import { madeFiles, modelFiles, type ModelFiles } from "../../files/model-files.js";
import type { CheckpointTensor } from "../../tensor/tensor-info.js";
import { optionalFlag, optionalNumbers, optionalText, requireNumber, type GgufKeys } from "./keys.js";
import { isGguf, keysOf } from "./open-gguf.js";
import { mmprojName, type MmprojNaming } from "./mmproj-tensors.js";

/** A vision tower with LLaVA's projector in one GGUF file, as llama.cpp takes it, as Hugging Face folders would have both. */
export interface Mmproj {
  /** The tower under transformers' names, the projector under LLaVA's. */
  readonly checkpoint: Checkpoint;
  /** The tower's config.json and preprocessor_config.json. */
  readonly files: ModelFiles;
  /** What LLaVA's config.json says of such a projector. */
  readonly adapterConfig: Readonly<Record<string, unknown>>;
}

/** The name of a tower's landmark: the class token, which CLIP has and SigLIP lacks. */
const CLASS_TOKEN = "v.class_embd";

/**
 * Opens a tower and its projector by the header of an mmproj file. Source: llama.cpp, tools/mtmd/clip.cpp.
 *
 * @throws InputError for a file that is damaged, for another kind of tower or projector, and for settings that are not built
 */
export async function openMmproj(path: string): Promise<Mmproj> {
  const checkpoint = await openCheckpoint(path);
  const keys = keysOf(checkpoint);
  requireClip(keys, checkpoint.tensors);
  const config = towerConfigOf(keys, checkpoint.tensors);
  const naming = namingOf(checkpoint.tensors, config);
  const renamed = [...checkpoint.tensors.values()].map((tensor) => ({ ...tensor, name: mmprojName(tensor, naming) }));
  return {
    checkpoint: { ...checkpoint, tensors: new Map(renamed.map((tensor) => [tensor.name, tensor])) },
    files: towerFiles(keys, config),
    adapterConfig: {
      mm_projector_type: "mlp2x_gelu",
      mm_vision_select_layer: selectedState(keys, checkpoint.tensors, config) - config.num_hidden_layers - 1,
      mm_vision_select_feature: "patch",
      // llama.cpp brings every picture into a square, and cuts those of files with a grid into tiles.
      image_aspect_ratio: keys.metadata.has("clip.vision.image_grid_pinpoints") ? "anyres" : "pad",
    },
  };
}

/** Whether a GGUF file says that it holds a vision tower. */
export const isMmproj = async (path: string): Promise<boolean> =>
  keysOf(await openCheckpoint(path)).metadata.get("general.architecture") === "clip";

/** The settings files of a vision tower: those of a folder, or what stands for them in an mmproj file. */
export const openTowerFiles = async (path: string): Promise<ModelFiles> =>
  isGguf(path) ? (await openMmproj(path)).files : modelFiles(path);

/** The weights of a vision tower, of a folder or of an mmproj file. */
export const openTowerCheckpoint = async (path: string): Promise<Checkpoint> =>
  isGguf(path) ? (await openMmproj(path)).checkpoint : openCheckpoint(path);

type Tensors = ReadonlyMap<string, CheckpointTensor>;

function requireClip(keys: GgufKeys, tensors: Tensors): void {
  const { path } = keys;
  const refuse = (what: string): never => {
    throw new InputError(`${path}: ${what}; expected an mmproj file of a CLIP tower with LLaVA's projector (mlp)`);
  };
  const architecture = optionalText(keys, "general.architecture");
  if (architecture !== "clip") refuse(`general.architecture is ${JSON.stringify(architecture ?? null)}`);
  if (optionalFlag(keys, "clip.has_vision_encoder") !== true) refuse("holds no vision tower");
  const kind = optionalText(keys, "clip.projector_type") ?? optionalText(keys, "clip.vision.projector_type");
  if (kind !== "mlp") refuse(`its projector is ${JSON.stringify(kind ?? null)}`);
  if (optionalFlag(keys, "clip.use_silu") === true) refuse("its tower computes SiLU");
  if (!tensors.has(CLASS_TOKEN)) refuse("its tower has no class token, as SigLIP's have none");
  if (tensors.has("mm.3.weight")) refuse('its projector has norms ("mm.3.weight")');
}

interface TowerConfig {
  readonly num_hidden_layers: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
}

function towerConfigOf(keys: GgufKeys, tensors: Tensors): TowerConfig {
  const number = (name: string): number => requireNumber(keys, `clip.vision.${name}`);
  const config = {
    architectures: ["CLIPVisionModel"],
    model_type: "clip_vision_model",
    hidden_size: number("embedding_length"),
    intermediate_size: number("feed_forward_length"),
    num_hidden_layers: layersIn(tensors),
    num_attention_heads: number("attention.head_count"),
    image_size: number("image_size"),
    patch_size: number("patch_size"),
    hidden_act: optionalFlag(keys, "clip.use_gelu") === true ? "gelu" : "quick_gelu",
    // A float32 is 9.999999747378752e-6 where 1e-5 was meant.
    layer_norm_eps: Number(number("attention.layer_norm_epsilon").toPrecision(6)),
  };
  return config;
}

function layersIn(tensors: Tensors): number {
  const numbers = [...tensors.keys()].flatMap((name) => /^v\.blk\.(\d+)\./.exec(name)?.[1] ?? []).map(Number);
  return Math.max(-1, ...numbers) + 1;
}

/** Old files call the two layers of a feed-forward part the other way round; their shapes tell. */
function namingOf(
  tensors: Tensors,
  { hidden_size: hidden, intermediate_size: intermediate }: TowerConfig,
): MmprojNaming {
  const rows = tensors.get("v.blk.0.ffn_down.weight")?.shape[0];
  return { swapsFeedForward: rows === intermediate && hidden !== intermediate };
}

/**
 * Which hidden state the projector takes, as transformers counts them. Files that do not say it hold the layers up to it, unless they hold
 * what follows the last layer too: then it is LLaVA's choice, the state before the last. llama.cpp computes one layer less than such a
 * file asks for (its issue 25817).
 */
function selectedState(keys: GgufKeys, tensors: Tensors, { num_hidden_layers: layers }: TowerConfig): number {
  const said = optionalNumbers(keys, "clip.vision.feature_layer");
  if (said === undefined) {
    const blocks = requireNumber(keys, "clip.vision.block_count");
    return Math.min(blocks, tensors.has("v.post_ln.weight") ? layers - 1 : layers);
  }
  const [state] = Array.from(said);
  if (said.length === 1 && Number.isInteger(state) && state! >= 0 && state! <= layers) return state!;
  throw new InputError(
    `${keys.path}: clip.vision.feature_layer is [${Array.from(said).slice(0, 8).join(", ")}], expected one hidden state from 0 to ${layers}`,
  );
}

function towerFiles(keys: GgufKeys, config: TowerConfig): ModelFiles {
  const size = requireNumber(keys, "clip.vision.image_size");
  const three = (name: string): number[] => {
    const values = Array.from(optionalNumbers(keys, `clip.vision.${name}`) ?? []);
    if (values.length === 3) return values.map((value) => Number(value.toPrecision(8)));
    throw new InputError(
      `${keys.path}: clip.vision.${name} holds ${values.length} numbers, expected one for each of 3 colours`,
    );
  };
  const preprocessor = {
    image_processor_type: "CLIPImageProcessor",
    ...{ do_resize: true, size: { shortest_edge: size }, resample: 3 },
    ...{ do_center_crop: true, crop_size: { height: size, width: size } },
    ...{ do_rescale: true, do_normalize: true, do_convert_rgb: true },
    ...{ image_mean: three("image_mean"), image_std: three("image_std") },
  };
  const made = { "config.json": config, "preprocessor_config.json": preprocessor };
  const entries = Object.entries(made).map(([name, json]) => {
    return [name, { json: () => json, sha256: () => sha256(JSON.stringify(json)) }] as const;
  });
  return madeFiles(keys.path, new Map(entries));
}

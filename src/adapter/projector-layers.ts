import { InputError } from "../errors.js";
import { findPacked } from "../model/quantisation.js";
import { isFloatDtype, type FloatDtype } from "../tensor/dtype.js";
import { matrixShape } from "../tensor/matrix-shape.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";

/** One linear layer in PyTorch layout: `weight` (out, in), `bias` (out). */
export interface LinearLayer {
  readonly weight: CheckpointTensor;
  readonly bias: CheckpointTensor;
  readonly inputSize: number;
  readonly outputSize: number;
}

/**
 * A LangBridge projector: Linear 0, exact GELU, Linear 2, Linear 3, whose outputs are coefficients over `rows` vocabulary
 * embeddings. Source: LangBridge (arXiv 2503.19404), official layer numbers.
 */
export interface VocabularyProjector {
  readonly kind: "mm_vocab";
  readonly layers: { readonly 0: LinearLayer; readonly 2: LinearLayer; readonly 3: LinearLayer };
  readonly visionHiddenSize: number;
  readonly mlpHiddenSize: number;
  readonly rows: number;
  readonly dtype: FloatDtype;
}

/** LLaVA's ordinary projector: Linear 0, exact GELU, Linear 2, straight to the LLM's width. */
export interface MlpProjector {
  readonly kind: "mlp2x_gelu";
  readonly layers: { readonly 0: LinearLayer; readonly 2: LinearLayer };
  readonly visionHiddenSize: number;
  readonly mlpHiddenSize: number;
  readonly llmHiddenSize: number;
  readonly dtype: FloatDtype;
}

/** LLaVA's first projector, one linear layer; its keys have no number. */
export interface LinearProjector {
  readonly kind: "linear";
  readonly layers: { readonly 0: LinearLayer };
  readonly visionHiddenSize: number;
  readonly llmHiddenSize: number;
  readonly dtype: FloatDtype;
}

export type ProjectorLayers = VocabularyProjector | MlpProjector | LinearProjector;

/**
 * `mm_projector.N.weight` or `.bias` behind any prefix ("model." in LLaVA, "model.model." in some re-saved files); TinyLLaVA_Factory calls it
 * `connector._connector`.
 */
const PROJECTOR_KEY = /^(?:.*\.)?(?:mm_projector|connector\._connector)\.(?:(\d+)\.)?(weight|bias)$/;

/** The same of transformers' LLaVA. */
const TRANSFORMERS_KEY = /^(?:.*\.)?multi_modal_projector\.linear_([12])\.(weight|bias)$/;

/** Number of a layer and part of it that a tensor is; undefined for tensors of something else. */
function placeOf(name: string): { readonly number: number; readonly field: "weight" | "bias" } | undefined {
  const own = PROJECTOR_KEY.exec(name);
  if (own !== null) return { number: Number(own[1] ?? 0), field: own[2] as "weight" | "bias" };
  const theirs = TRANSFORMERS_KEY.exec(name);
  return theirs === null ? undefined : { number: 2 * (Number(theirs[1]) - 1), field: theirs[2] as "weight" | "bias" };
}

const KINDS: Readonly<Record<string, ProjectorLayers["kind"]>> = {
  "0,2,3": "mm_vocab",
  "0,2": "mlp2x_gelu",
  "0": "linear",
};

/**
 * Finds the projector among a checkpoint's tensors and checks that its layers fit each other.
 *
 * @throws InputError naming `where` when there is none, when a layer lacks a part, or when sizes do not chain
 */
export function findProjector(tensors: Iterable<CheckpointTensor>, where: string): ProjectorLayers {
  const all = [...tensors];
  refusePacked(all, where);
  const parts = collectParts(all, where);
  const numbers = [...parts.keys()].sort((a, b) => a - b);
  if (numbers.length === 0) {
    throw new InputError(`${where}: holds no "mm_projector.*" tensor; expected a LangBridge adapter or a LLaVA folder`);
  }
  const kind = KINDS[numbers.join()];
  if (kind === undefined) {
    throw new InputError(
      `${where}: mm_projector has layers ${numbers.join(", ")}; expected 0, 2, 3 (mm_vocab), 0, 2 (mlp2x_gelu) or one (linear)`,
    );
  }
  const layer = (number: number): LinearLayer => readLayer(parts.get(number)!, number, where);
  const first = layer(0);
  const dtype = commonDtype([...parts.values()], where);
  const visionHiddenSize = first.inputSize;
  if (kind === "linear") {
    return { kind, layers: { 0: first }, visionHiddenSize, llmHiddenSize: first.outputSize, dtype };
  }
  const second = layer(2);
  requireChain(first, second, 0, 2, where);
  const common = { visionHiddenSize, mlpHiddenSize: first.outputSize, dtype };
  if (kind === "mlp2x_gelu")
    return { kind, layers: { 0: first, 2: second }, llmHiddenSize: second.outputSize, ...common };
  const head = layer(3);
  requireChain(second, head, 2, 3, where);
  return { kind, layers: { 0: first, 2: second, 3: head }, rows: head.outputSize, ...common };
}

const PROJECTOR_PART = /(?:^|\.)(?:mm_projector|connector\._connector|multi_modal_projector)\./;

/**
 * A packed matrix is bytes of another shape. It is named here; otherwise the projector would be refused for sizes that nobody
 * chose.
 */
function refusePacked(tensors: readonly CheckpointTensor[], where: string): void {
  const own = tensors.filter(({ name }) => PROJECTOR_PART.test(name));
  const packed = findPacked(own.map(({ name }) => name));
  const bytes = own.find(({ dtype }) => dtype === "U8" || dtype === "I8");
  if (packed === undefined && bytes === undefined) return;
  const sign = packed === undefined ? `"${bytes!.name}" is ${bytes!.dtype}` : `by ${packed.by}, "${packed.name}"`;
  throw new InputError(
    `${where}: the projector is quantised (${sign}), and its numbers are not in the file; use the one that was trained, such as mm_projector.bin, or save the model anew without quantisation`,
  );
}

interface Parts {
  weight?: CheckpointTensor;
  bias?: CheckpointTensor;
}

function collectParts(tensors: Iterable<CheckpointTensor>, where: string): Map<number, Parts> {
  const parts = new Map<number, Parts>();
  for (const tensor of tensors) {
    const place = placeOf(tensor.name);
    if (place === undefined) {
      refuseForeign(tensor, where);
      continue;
    }
    const { number, field } = place;
    const layer = parts.get(number) ?? {};
    const other = layer[field];
    if (other !== undefined) {
      throw new InputError(`${where}: holds two projectors, "${other.name}" and "${tensor.name}"; keep one of them`);
    }
    parts.set(number, { ...layer, [field]: tensor });
  }
  return parts;
}

/** Others of transformers' models have a norm, a merger or a convolution in their projectors, which would be left out. */
function refuseForeign({ name }: CheckpointTensor, where: string): void {
  if (!/(?:^|\.)multi_modal_projector\./.test(name)) return;
  throw new InputError(
    `${where}: "${name}" is none of LLaVA's two linear layers; another projector cannot be read here, expected multi_modal_projector.linear_1 and linear_2 alone`,
  );
}

function readLayer(parts: Parts, number: number, where: string): LinearLayer {
  const { weight, bias } = parts;
  if (weight === undefined || bias === undefined) {
    const missing = weight === undefined ? "weight" : "bias";
    throw new InputError(`${where}: "mm_projector.${number}.${missing}" is missing beside its other half`);
  }
  const [outputSize = 0, inputSize = 0] = weight.shape;
  if (outputSize === 0 || inputSize === 0 || weight.shape.length !== 2) {
    throw new InputError(
      `${where}: "${weight.name}" is (${weight.shape.join(", ")}), expected two dimensions (out, in) of at least 1`,
    );
  }
  matrixShape(weight);
  if (bias.shape.length !== 1 || bias.shape[0] !== outputSize) {
    throw new InputError(
      `${where}: "${bias.name}" is (${bias.shape.join(", ")}), expected (${outputSize}) as "${weight.name}" is (${weight.shape.join(", ")})`,
    );
  }
  return { weight, bias, inputSize, outputSize };
}

function requireChain(from: LinearLayer, to: LinearLayer, fromNumber: number, toNumber: number, where: string): void {
  if (from.outputSize === to.inputSize) return;
  throw new InputError(
    `${where}: mm_projector layer ${fromNumber} gives ${from.outputSize} values, layer ${toNumber} takes ${to.inputSize}`,
  );
}

function commonDtype(parts: readonly Parts[], where: string): FloatDtype {
  const found = parts.flatMap(({ weight, bias }) => [weight, bias]).flatMap((tensor) => tensor ?? []);
  // llama.cpp's files keep biases in float32, whatever the matrices are.
  const counted = found.filter(({ dtype, shape }) => dtype !== "F32" || shape.length > 1);
  const dtypes = new Set(counted.map(({ dtype }) => dtype));
  const [dtype] = dtypes;
  if (dtypes.size > 1 || dtype === undefined || !isFloatDtype(dtype)) {
    throw new InputError(
      `${where}: mm_projector is ${[...dtypes].join(" and ")}, expected one of F32, F16, BF16 throughout`,
    );
  }
  return dtype;
}

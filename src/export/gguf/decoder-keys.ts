import { float32, text, uint32, type WrittenValue } from "../../checkpoint/gguf/written-keys.js";
import { InputError } from "../../errors.js";
import type { Architecture } from "../../model/gguf/architectures.js";
import { llama3Divisors } from "../../model/gguf/rope-factors.js";
import type { DecoderSpec } from "../../model/llm/decoder-spec.js";
import type { Rope } from "../../model/llm/rope.js";

type Keys = readonly (readonly [key: string, value: WrittenValue])[];

export interface DecoderKeysOptions {
  readonly spec: DecoderSpec;
  readonly architecture: Architecture;
  /** What errors call the LLM. */
  readonly path: string;
}

/**
 * The keys of an LLM's sizes and settings. Source: llama.cpp, conversion/ and src/models/.
 *
 * @throws InputError for a setting that llama.cpp has no key for
 */
export function decoderKeys(options: DecoderKeysOptions): Keys {
  const { spec, architecture } = options;
  const key = (name: string): string => `${architecture.name}.${name}`;
  return [
    [key("context_length"), uint32(spec.maxPositions)],
    [key("embedding_length"), uint32(spec.hiddenSize)],
    [key("block_count"), uint32(spec.layers.length)],
    [key("feed_forward_length"), uint32(spec.intermediateSize)],
    [key("attention.head_count"), uint32(spec.heads)],
    [key("attention.head_count_kv"), uint32(spec.kvHeads)],
    [key("attention.key_length"), uint32(spec.headDim)],
    [key("attention.value_length"), uint32(spec.headDim)],
    [key("attention.layer_norm_rms_epsilon"), float32(spec.epsilon)],
    [key("rope.dimension_count"), uint32(spec.headDim)],
    [key("vocab_size"), uint32(spec.vocabSize)],
    ...ropeKeys(options, key),
    ...windowKeys(options, key),
    ...capKeys(options, key),
  ];
}

/** The rotation of the layers that see all, or of all where none looks back a window. */
function mainRope({ layers }: DecoderSpec): Rope {
  return (layers.find(({ window }) => window === undefined) ?? layers[0]!).rope;
}

function ropeKeys({ spec, architecture, path }: DecoderKeysOptions, key: (name: string) => string): Keys {
  const { theta, scaling } = mainRope(spec);
  if (scaling.kind === "yarn") {
    throw new InputError(`${path}: stretches positions by YaRN, which --format gguf does not write; take --format hf`);
  }
  const sliding = spec.layers.find(({ window }) => window !== undefined)?.rope;
  const hasOwn = sliding !== undefined && architecture.name === "gemma3";
  return [
    [key("rope.freq_base"), float32(theta)],
    ...(hasOwn ? [[key("rope.freq_base_swa"), float32(sliding.theta)] as const] : []),
    ...(scaling.kind === "linear"
      ? ([
          [key("rope.scaling.type"), text("linear")],
          [key("rope.scaling.factor"), float32(scaling.factor)],
        ] as const)
      : []),
  ];
}

/** The divisors of rotary frequencies that Llama 3's scaling stands for, (headDim / 2); undefined for any other. */
export function ropeDivisors(spec: DecoderSpec): Float32Array | undefined {
  const { theta, scaling } = mainRope(spec);
  if (scaling.kind !== "llama3") return undefined;
  const settings = {
    factor: scaling.factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalPositions,
  };
  return Float32Array.from(llama3Divisors(settings, theta, spec.headDim / 2));
}

/** Every how many layers one sees all, where the others look back a window. Source: llama.cpp, `load_swa_pattern`. */
const PATTERNS: Readonly<Record<string, number>> = { gemma2: 2, gemma3: 6 };

function windowKeys({ spec, architecture, path }: DecoderKeysOptions, key: (name: string) => string): Keys {
  const windows = spec.layers.map(({ window }) => window);
  const pattern = PATTERNS[architecture.name];
  const window = windows.find((each) => each !== undefined);
  if (pattern === undefined || (window === undefined && architecture.name === "gemma3")) return [];
  if (windows.every((each, layer) => each === ((layer + 1) % pattern === 0 ? undefined : window))) {
    return [[key("attention.sliding_window"), uint32(window ?? spec.maxPositions)]];
  }
  throw new InputError(
    `${path}: looks back windows of ${windows.map((each) => each ?? "all").join(", ")} in its layers; llama.cpp has them see all in every ${pattern}th layer alone; take --format hf`,
  );
}

function capKeys({ spec, architecture, path }: DecoderKeysOptions, key: (name: string) => string): Keys {
  const { attention, logitCap, headDim, heads, hiddenSize, layers } = spec;
  // For the largest models of Gemma llama.cpp knows the scale by the number of layers.
  const largest = { gemma2: 46, gemma3: 62 }[architecture.name];
  const dimensions = layers.length === largest ? Math.floor(hiddenSize / heads) : headDim;
  const scale = dimensions ** -0.5;
  if (attention.scale !== undefined && Math.abs(attention.scale / scale - 1) > 1e-6) {
    throw new InputError(
      `${path}: multiplies attention scores by ${attention.scale.toPrecision(5)}, llama.cpp does so by ${scale.toPrecision(5)} for its layers; take --format hf`,
    );
  }
  return [
    ...(attention.cap === undefined ? [] : [[key("attn_logit_softcapping"), float32(attention.cap)] as const]),
    ...(logitCap === undefined ? [] : [[key("final_logit_softcapping"), float32(logitCap)] as const]),
  ];
}

import { z } from "zod";
import { InputError } from "../../errors.js";
import { readConfig, unsupported } from "../config-fields.js";

/** How rotary frequencies are stretched to reach positions that the model was not first trained on. */
export type RopeScaling =
  | { readonly kind: "default" }
  /** Positions do not turn anything, as in the layers of some families. */
  | { readonly kind: "none" }
  | { readonly kind: "linear"; readonly factor: number }
  | Llama3Scaling
  | YarnScaling
  | LongScaling;

interface Llama3Scaling {
  readonly kind: "llama3";
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  readonly originalPositions: number;
}

/** Source: YaRN, arXiv 2309.00071. */
interface YarnScaling {
  readonly kind: "yarn";
  readonly factor: number;
  /** Turns over the original positions above which a pair is kept, and below which it is stretched whole. */
  readonly betaFast: number;
  readonly betaSlow: number;
  readonly originalPositions: number;
  /** The pairs at these two are rounded outwards. */
  readonly truncates: boolean;
  /** What cosines and sines are multiplied by. */
  readonly attentionFactor: number;
}

/**
 * A factor for each pair, of sequences up to the original positions and beyond. Tables that reach beyond have the second throughout; transformers
 * changes when a sequence gets there. Source: LongRoPE, arXiv 2402.13753; transformers, `_compute_longrope_parameters`.
 */
interface LongScaling {
  readonly kind: "longrope";
  readonly short: readonly number[];
  readonly long: readonly number[];
  readonly originalPositions: number;
  /** What cosines and sines are multiplied by, in both. */
  readonly attentionFactor: number;
}

export interface Rope {
  readonly theta: number;
  readonly scaling: RopeScaling;
  /** The part of each head that is turned, from its first dimension on; all of it when left out. */
  readonly share?: number | undefined;
}

/** How many dimensions of a head are turned. */
export const turnedDimensions = ({ share = 1 }: Rope, headDim: number): number => Math.trunc(headDim * share);

const positive = z.number().positive().nullish();

const scalingFields = z
  .looseObject({
    rope_theta: positive,
    rope_type: z.string().nullish(),
    type: z.string().nullish(),
    factor: positive,
    low_freq_factor: positive,
    high_freq_factor: positive,
    original_max_position_embeddings: positive,
    attention_factor: z.number().nonnegative().nullish(),
    beta_fast: z.number().nonnegative().nullish(),
    beta_slow: z.number().nonnegative().nullish(),
    mscale: z.number().nullish(),
    mscale_all_dim: z.number().nullish(),
    truncate: z.boolean().nullish(),
    short_factor: z.array(z.number().positive()).nullish(),
    long_factor: z.array(z.number().positive()).nullish(),
    partial_rotary_factor: z.number().nullish(),
  })
  .nullish();
type ScalingFields = NonNullable<z.infer<typeof scalingFields>>;

/** The config fields about rotary positions; transformers 5 writes `rope_parameters` for the first two. */
export const ropeFields = {
  rope_theta: positive,
  rope_scaling: scalingFields,
  rope_parameters: scalingFields,
  original_max_position_embeddings: positive,
};

export interface RopeConfig {
  readonly rope_theta?: number | null | undefined;
  readonly rope_scaling?: z.infer<typeof scalingFields>;
  readonly rope_parameters?: z.infer<typeof scalingFields>;
  readonly original_max_position_embeddings?: number | null | undefined;
  readonly max_position_embeddings?: number | undefined;
}

const DEFAULT_THETA = 10_000;

/** Of the chosen field: settings by layer are read by some families, before they come here. */
const chosenFields = z.looseObject({ full_attention: unsupported(), sliding_attention: unsupported() });
const wholeHeads = chosenFields.extend({ partial_rotary_factor: unsupported(1) });

/** `partial_rotary_factor` of families that turn a part of each head. */
export const rotaryShare = z.number().positive().max(1).nullish();

/** The chosen one of the two fields, and what its kind of scaling needs. */
interface ScalingSource {
  readonly fields: ScalingFields;
  /** The field, or the error that it is missing. */
  readonly need: (name: "factor" | "low_freq_factor" | "high_freq_factor") => number;
  /** Beside the field, else within it, else all that there are. Source: transformers, `standardize_rope_params`. */
  readonly originalPositions: () => number;
  readonly config: RopeConfig;
  readonly where: string;
}

/** By `rope_type`. */
const SCALINGS: Readonly<Record<string, (source: ScalingSource) => RopeScaling>> = {
  default: () => ({ kind: "default" }),
  linear: ({ need }) => ({ kind: "linear", factor: need("factor") }),
  // It stretches beyond max_position_embeddings alone, where nothing is run.
  dynamic: ({ need }) => (need("factor"), { kind: "default" }),
  llama3: ({ need, originalPositions }) => ({
    kind: "llama3",
    factor: need("factor"),
    lowFrequencyFactor: need("low_freq_factor"),
    highFrequencyFactor: need("high_freq_factor"),
    originalPositions: originalPositions(),
  }),
  yarn: readYarn,
  longrope: readLong,
};

/**
 * Reads the rotary settings as transformers 5 does: `rope_scaling`, where it says anything, hides all of `rope_parameters`. With `share`, a
 * family's part of each head that is turned, the settings may name another.
 *
 * @throws InputError naming a kind of scaling that is not built, or a setting that its kind lacks
 */
export function readRope(
  config: RopeConfig,
  where: string,
  { share }: { readonly share?: number | undefined } = {},
): Rope {
  const saysScaling = Object.keys(config.rope_scaling ?? {}).length > 0;
  const field = saysScaling ? "rope_scaling" : "rope_parameters";
  const fields: ScalingFields = (saysScaling ? config.rope_scaling : config.rope_parameters) ?? {};
  const checked = share === undefined ? wholeHeads : chosenFields;
  readConfig(z.looseObject({ [field]: checked }), { [field]: fields }, where);
  const kind = fields.rope_type ?? fields.type ?? "default";
  const scaling = Object.hasOwn(SCALINGS, kind) ? SCALINGS[kind] : undefined;
  if (scaling === undefined) {
    throw new InputError(
      `${where}/config.json: ${field}.rope_type is "${kind}"; this model cannot be run here, supported: ${Object.keys(SCALINGS).join(", ")}`,
    );
  }
  const missing = (name: string): never => {
    throw new InputError(`${where}/config.json: ${field}.${name} is missing; "${kind}" needs it`);
  };
  return {
    theta: fields.rope_theta ?? config.rope_theta ?? DEFAULT_THETA,
    ...(share !== undefined && { share: fields.partial_rotary_factor ?? share }),
    scaling: scaling({
      ...{ fields, config, where },
      need: (name) => fields[name] ?? missing(name),
      originalPositions: () =>
        config.original_max_position_embeddings ??
        fields.original_max_position_embeddings ??
        config.max_position_embeddings ??
        missing("original_max_position_embeddings"),
    }),
  };
}

/** Source: transformers, `_compute_yarn_parameters`. */
function readYarn({ fields, config, need, originalPositions }: ScalingSource): YarnScaling {
  const original = originalPositions();
  const isRatio = fields.factor === null && config.max_position_embeddings !== undefined;
  const factor = isRatio ? config.max_position_embeddings / original : need("factor");
  const { mscale, mscale_all_dim: mscaleAllDim } = fields;
  const attentionFactor =
    mscale && mscaleAllDim ? magnitude(factor, mscale) / magnitude(factor, mscaleAllDim) : magnitude(factor, 1);
  return {
    kind: "yarn",
    factor,
    // Zero is none.
    betaFast: fields.beta_fast || DEFAULT_BETA_FAST,
    betaSlow: fields.beta_slow || DEFAULT_BETA_SLOW,
    originalPositions: original,
    truncates: fields.truncate ?? true,
    attentionFactor: fields.attention_factor ?? attentionFactor,
  };
}

function readLong({ fields, config, originalPositions, where }: ScalingSource): LongScaling {
  const { short_factor: short, long_factor: long, attention_factor: attention } = fields;
  if (!short || !long || short.length !== long.length) {
    throw new InputError(
      `${where}/config.json: short_factor and long_factor have ${short?.length ?? 0} and ${long?.length ?? 0} numbers, "longrope" needs one for each pair of dimensions`,
    );
  }
  const original = originalPositions();
  const factor = fields.factor ?? (config.max_position_embeddings ?? original) / original;
  const magnified = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
  return { kind: "longrope", short, long, originalPositions: original, attentionFactor: attention ?? magnified };
}

const [DEFAULT_BETA_FAST, DEFAULT_BETA_SLOW] = [32, 1];

const magnitude = (factor: number, mscale: number): number => (factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1);

/** Angle per position of each pair of the dimensions that are turned, (turned / 2). Source: RoFormer, arXiv 2104.09864, eq. 15. */
function ropeFrequencies({ theta, scaling }: Rope, turned: number, positions: number): number[] {
  const base = Array.from({ length: turned / 2 }, (_, i) => theta ** ((-2 * i) / turned));
  if (scaling.kind === "none") return base.map(() => 0);
  if (scaling.kind === "longrope") {
    const factors = positions > scaling.originalPositions ? scaling.long : scaling.short;
    return base.map((frequency, i) => frequency / factors[i]!);
  }
  if (scaling.kind === "default") return base;
  if (scaling.kind === "linear") return base.map((frequency) => frequency / scaling.factor);
  const kept = scaling.kind === "yarn" ? yarnKept(scaling, theta, turned) : llama3Kept(scaling, base);
  return base.map((frequency, i) => kept[i]! * frequency + ((1 - kept[i]!) * frequency) / scaling.factor);
}

/** How much of each pair's frequency is kept: slow pairs are stretched, those between blended. Source: transformers, `_compute_llama3_parameters`. */
function llama3Kept(scaling: Llama3Scaling, frequencies: readonly number[]): number[] {
  const { lowFrequencyFactor, highFrequencyFactor, originalPositions } = scaling;
  return frequencies.map((frequency) => {
    const turns = (originalPositions * frequency) / (2 * Math.PI);
    if (turns < lowFrequencyFactor) return 0;
    if (turns > highFrequencyFactor) return 1;
    return (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
  });
}

/** The same of YaRN, whose blend is linear over the pairs. */
function yarnKept(scaling: YarnScaling, theta: number, headDim: number): number[] {
  const { betaFast, betaSlow, originalPositions, truncates } = scaling;
  const pairOf = (turns: number): number =>
    (headDim * Math.log(originalPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const low = Math.max(truncates ? Math.floor(pairOf(betaFast)) : pairOf(betaFast), 0);
  const last = Math.min(truncates ? Math.ceil(pairOf(betaSlow)) : pairOf(betaSlow), headDim - 1);
  const high = last === low ? low + SMALLEST_RAMP : last;
  return Array.from({ length: headDim / 2 }, (_, i) => 1 - Math.min(1, Math.max(0, (i - low) / (high - low))));
}

/** Pairs that a ramp spans at least, so that it has a slope. */
const SMALLEST_RAMP = 0.001;

/** cos and sin of every position's angles, each (positions, turnedDimensions / 2). */
export function ropeTables(rope: Rope, headDim: number, positions: number): { cos: Float32Array; sin: Float32Array } {
  const frequencies = ropeFrequencies(rope, turnedDimensions(rope, headDim), positions);
  const factor = "attentionFactor" in rope.scaling ? rope.scaling.attentionFactor : 1;
  const cos = new Float32Array(positions * frequencies.length);
  const sin = new Float32Array(cos.length);
  for (let position = 0, at = 0; position < positions; position++) {
    for (const frequency of frequencies) {
      cos[at] = factor * Math.cos(position * frequency);
      sin[at++] = factor * Math.sin(position * frequency);
    }
  }
  return { cos, sin };
}

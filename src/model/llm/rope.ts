import { z } from "zod";
import { InputError } from "../../errors.js";

/** How rotary frequencies are stretched to reach positions that the model was not first trained on. */
export type RopeScaling =
  | { readonly kind: "default" }
  | { readonly kind: "linear"; readonly factor: number }
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalPositions: number;
    };

export interface Rope {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

const scalingFields = z
  .looseObject({
    rope_theta: z.number().positive().optional(),
    rope_type: z.string().optional(),
    type: z.string().optional(),
    factor: z.number().positive().optional(),
    low_freq_factor: z.number().positive().optional(),
    high_freq_factor: z.number().positive().optional(),
    original_max_position_embeddings: z.number().positive().optional(),
  })
  .nullish();

/** The config fields about rotary positions; transformers 5 writes `rope_parameters` for the older two. */
export const ropeFields = {
  rope_theta: z.number().positive().nullish(),
  rope_scaling: scalingFields,
  rope_parameters: scalingFields,
};

export interface RopeConfig {
  readonly rope_theta?: number | null | undefined;
  readonly rope_scaling?: z.infer<typeof scalingFields>;
  readonly rope_parameters?: z.infer<typeof scalingFields>;
}

const SUPPORTED = ["default", "linear", "llama3"];
const DEFAULT_THETA = 10_000;

/** Reads the rotary settings; throws InputError naming a kind of scaling that is not built. */
export function readRope(config: RopeConfig, where: string): Rope {
  const field = config.rope_parameters ? "rope_parameters" : "rope_scaling";
  const fields = config.rope_parameters ?? config.rope_scaling ?? {};
  const theta = fields.rope_theta ?? config.rope_theta ?? DEFAULT_THETA;
  const kind = fields.rope_type ?? fields.type ?? "default";
  const need = (
    name: "factor" | "low_freq_factor" | "high_freq_factor" | "original_max_position_embeddings",
  ): number => {
    const value = fields[name];
    if (value === undefined)
      throw new InputError(`${where}/config.json: ${field}.${name} is missing; "${kind}" needs it`);
    return value;
  };
  switch (kind) {
    case "default":
      return { theta, scaling: { kind } };
    case "linear":
      return { theta, scaling: { kind, factor: need("factor") } };
    case "llama3":
      return {
        theta,
        scaling: {
          kind,
          factor: need("factor"),
          lowFrequencyFactor: need("low_freq_factor"),
          highFrequencyFactor: need("high_freq_factor"),
          originalPositions: need("original_max_position_embeddings"),
        },
      };
    default:
      throw new InputError(
        `${where}/config.json: ${field}.rope_type is "${kind}"; this model cannot be run here, supported: ${SUPPORTED.join(", ")}`,
      );
  }
}

/** Angle per position of each pair of a head's dimensions, (headDim / 2). Source: RoFormer, arXiv 2104.09864, eq. 15. */
export function ropeFrequencies({ theta, scaling }: Rope, headDim: number): number[] {
  const base = Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
  if (scaling.kind === "default") return base;
  if (scaling.kind === "linear") return base.map((frequency) => frequency / scaling.factor);
  // Slow pairs are stretched, fast ones kept, those between blended. Source: transformers, modeling_rope_utils.py.
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalPositions } = scaling;
  return base.map((frequency) => {
    const turns = (originalPositions * frequency) / (2 * Math.PI);
    const blend = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
    const kept = Math.min(1, Math.max(0, blend));
    return kept * frequency + ((1 - kept) * frequency) / factor;
  });
}

/** cos and sin of every position's angles, each (positions, headDim / 2). */
export function ropeTables(rope: Rope, headDim: number, positions: number): { cos: Float32Array; sin: Float32Array } {
  const frequencies = ropeFrequencies(rope, headDim);
  const cos = new Float32Array(positions * frequencies.length);
  const sin = new Float32Array(cos.length);
  for (let position = 0, at = 0; position < positions; position++) {
    for (const frequency of frequencies) {
      cos[at] = Math.cos(position * frequency);
      sin[at++] = Math.sin(position * frequency);
    }
  }
  return { cos, sin };
}

import { InputError } from "../../errors.js";

/** Llama 3's way of stretching rotary frequencies, as config.json has it. */
export interface Llama3Scaling {
  readonly rope_type: "llama3";
  readonly factor: number;
  readonly low_freq_factor: number;
  readonly high_freq_factor: number;
  readonly original_max_position_embeddings: number;
}

/** What Llama 3.1 to 3.3 were made with, and what others may have been; files differ in the factor and some in the length. */
const FREQUENCY_FACTORS = { low_freq_factor: 1, high_freq_factor: 4 };
const LENGTHS = [8192, 4096, 2048, 16_384, 32_768, 1024, 512, 256, 128, 64, 32];

/** Divisors are float32 of float64, or of float32 in another order of operations. */
const TOLERANCE = 1e-5;

/**
 * The scaling from which a file's divisors, one for each rotary frequency, were computed: the file has the divisors alone. Of
 * several scalings that give the same divisors, the first of the usual ones is taken.
 *
 * @throws InputError when no such scaling gives these divisors
 */
export function llama3Scaling(divisors: Float32Array, theta: number, path: string): Llama3Scaling {
  const factor = Math.max(...divisors);
  for (const original_max_position_embeddings of LENGTHS) {
    const candidate = { rope_type: "llama3", factor, ...FREQUENCY_FACTORS, original_max_position_embeddings } as const;
    const expected = llama3Divisors(candidate, theta, divisors.length);
    if (divisors.every((divisor, i) => Math.abs(divisor / expected[i]! - 1) <= TOLERANCE)) return candidate;
  }
  throw new InputError(
    `${path}: its rope_freqs are divisors that Llama 3's scaling does not give; use the Hugging Face folder of the model`,
  );
}

/** The divisors of `count` rotary frequencies. Source: transformers, `_compute_llama3_parameters` in modeling_rope_utils.py. */
export function llama3Divisors(scaling: Omit<Llama3Scaling, "rope_type">, theta: number, count: number): number[] {
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length } = scaling;
  return Array.from({ length: count }, (_, i) => {
    const turns = theta ** (-i / count) / (2 * Math.PI); // in one position
    const smooth = (turns * length - low) / (high - low);
    const kept = Math.min(1, Math.max(0, smooth));
    return 1 / (kept + (1 - kept) / factor);
  });
}

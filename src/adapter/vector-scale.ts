import { InputError } from "../errors.js";
import { embeddingScale } from "../model/llm/embedding-scale.js";
import { decoderConfig } from "../model/llm/llm-families.js";
import type { Adapter } from "./load.js";

/*
 * Some LLMs multiply the rows of their input embeddings when they read a token (Gemma by the root of its width). Vectors of
 * pictures enter behind that. So where an adapter's vectors are mixtures of the rows as they are stored, they have to be
 * multiplied too.
 */

/** The LLM behind an adapter. */
interface ScaledLlm {
  readonly name: string;
  /** The parsed config.json. */
  readonly config: unknown;
}

export interface VectorScale {
  /** What an adapter's vectors are multiplied by before the first layer of the LLM. */
  readonly scale: number;
  /** What may be wrong although the model runs. */
  readonly warnings: readonly string[];
}

/**
 * What an LLM multiplies an adapter's vectors by. An adapter that this tool wrote records it. For others it follows from the
 * code that trained them: transformers before 5.4 multiplied the vectors of pictures with those of tokens in Gemma 1 and 2,
 * later releases do not.
 *
 * @throws InputError when the adapter was made for an LLM that multiplies its rows by another number
 */
export function vectorScale({ config, path }: Pick<Adapter, "config" | "path">, llm: ScaledLlm): VectorScale {
  const scale = embeddingScale(llm.config);
  const made = config.langbridge;
  const recorded = made?.target.embedding_scale ?? (made === undefined ? undefined : scale);
  if (recorded !== undefined && !isSame(recorded, scale)) {
    throw new InputError(
      `${path}: was made for ${made!.target.name}, which ${describe(recorded)}; ${llm.name} ${describe(scale)}; transfer the adapter to it`,
    );
  }
  if (made !== undefined) return { scale: made.vector_scale ?? scale, warnings: [] };
  if (scale === 1) return { scale, warnings: [] };
  const { multiplied, isSure } = multipliesPictures(config, llm);
  const warnings = isSure
    ? []
    : [
        `${path}: does not say by which release of transformers it was trained for ${llm.name}; it is taken for one before 5.4, which multiplied the vectors of pictures by ${scale.toPrecision(4)} too`,
      ];
  return { scale: multiplied ? scale : 1, warnings };
}

/**
 * What an adapter's folder says by itself: the number that a transfer recorded, else what follows from the LLM's config in a folder that
 * was tuned with its LLM.
 */
export function ownVectorScale({ config, path }: Pick<Adapter, "config" | "path">): number {
  const made = config.langbridge;
  if (made !== undefined) return made.vector_scale ?? made.target.embedding_scale ?? 1;
  return vectorScale({ config, path }, { name: path, config }).scale;
}

/**
 * The length of an adapter's vectors, counted in rows of the LLM that it was trained for: 1 where they are mixtures of its
 * rows. Without that LLM, the adapter's folder tells, which holds the LLM's config where both were tuned together.
 *
 * @throws what `vectorScale` throws
 */
export function vectorUnit({ config, path }: Pick<Adapter, "config" | "path">, llm: ScaledLlm | undefined): number {
  const made = config.langbridge;
  if (llm === undefined && made !== undefined) {
    const { embedding_scale: scale = 1 } = made.target;
    return (made.vector_scale ?? scale) / scale;
  }
  const own = llm ?? { name: path, config };
  return vectorScale({ config, path }, own).scale / embeddingScale(own.config);
}

const isSame = (a: number, b: number): boolean => Math.abs(a / b - 1) < 1e-4;

const describe = (scale: number): string =>
  scale === 1 ? "takes its input embeddings as they are" : `multiplies its input embeddings by ${scale.toPrecision(5)}`;

/** The first release that does not multiply the vectors of pictures. */
const CHANGED = [5, 4] as const;

/** Whether the code that trained an adapter of other software multiplied the vectors of pictures. */
function multipliesPictures(
  config: Readonly<Record<string, unknown>>,
  llm: ScaledLlm,
): { readonly multiplied: boolean; readonly isSure: boolean } {
  const type = String((decoderConfig(llm.config) as { model_type?: unknown } | null)?.model_type);
  if (/gemma3/.test(type)) return { multiplied: false, isSure: true };
  if (!/gemma/.test(type)) return { multiplied: true, isSure: true };
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(String(config["transformers_version"])) ?? [];
  if (major === undefined) return { multiplied: true, isSure: false };
  const isLater = Number(major) > CHANGED[0] || (Number(major) === CHANGED[0] && Number(minor) >= CHANGED[1]);
  return { multiplied: !isLater, isSure: true };
}

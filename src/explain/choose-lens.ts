import type { Adapter } from "../adapter/load.js";
import { InputError } from "../errors.js";
import { revealsShares, revealsTokens, type SparseSettings } from "../model/projector/decoding-graph.js";
import {
  DEFAULT_K,
  defaultWords,
  K_RANGE,
  requireInRange,
  WORDS_RANGE,
  wordsSetting,
} from "../model/projector/decoding-settings.js";
import { usableRows, type DecodingTables } from "../model/projector/dictionary.js";
import { projectorOutputSize } from "../model/projector/projector-graph.js";
import { projectorWeights } from "../runtime/parts/projector-weights.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import type { LlmVocabulary } from "../model/llm/llm-folder.js";
import type { Lens, LensName } from "./lens.js";
import { adapterRows, llmRows, type ShownRows } from "./shown-rows.js";

export interface LensRequest {
  readonly adapter: Adapter;
  /** The lens that was asked for; the default when left out. */
  readonly by?: LensName | undefined;
  /** The LLM whose tokens describe an ordinary projector, or any adapter by cosine. */
  readonly llm?: LlmVocabulary | undefined;
  readonly vocabularyFile?: string | undefined;
  /** Labels in the adapter's folder come before those of `vocabularyFile`. */
  readonly prefersOwnLabels?: boolean | undefined;
  /** Tokens of a patch, at most. */
  readonly top: number;
  /** Sparsity of a pursuit. */
  readonly k?: number | undefined;
  /** How many of the first rows of a ranked table count in full in a pursuit. */
  readonly words?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The lens for an adapter, and what the rows stand for that it shows. */
export interface ChosenLens extends ShownRows {
  readonly lens: Lens;
  /** Why this lens is used, in one line. */
  readonly reason: string;
  /** Options that have no part in what is shown, and why. */
  readonly unused: Unused;
}

export type Unused = Partial<Readonly<Record<"llm" | "k" | "words", string>>>;

/**
 * The lens that was asked for; otherwise the one that measured best (docs/results.md), wherever it can be used.
 *
 * @throws InputError when the adapter cannot be shown by this lens
 */
export async function chooseLens(request: LensRequest): Promise<ChosenLens> {
  const { adapter } = request;
  const { by = adapter.wordChoice ? "contextual" : DEFAULT_LENS } = request;
  if (adapter.wordChoice && by !== "contextual") {
    throw new InputError(
      `--by ${by}: ${adapter.path} scores words, and its vectors are the rows of single ones; use --by contextual`,
    );
  }
  const reason = adapter.wordChoice ? WORD_REASON : REASON;
  return { ...(await CHOOSERS[by](request)), reason: request.by === undefined ? reason : "asked for" };
}

/**
 * Checks that every option that was given has a part in what one of the adapters shows.
 *
 * @throws InputError for one that has none
 */
export function requireUsed(given: Pick<LensRequest, keyof Unused>, lenses: readonly ChosenLens[]): void {
  for (const [name, why] of Object.entries(lenses[0]!.unused) as [keyof Unused, string][]) {
    if (given[name] === undefined || lenses.some(({ unused }) => unused[name] === undefined)) continue;
    throw new InputError(`--${name}: ${why}; leave it out`);
  }
}

const PURSUIT_ONLY = "is for --by sparse alone";
const NO_PURSUIT: Unused = { k: PURSUIT_ONLY, words: PURSUIT_ONLY };
const DEFAULT_LENS: LensName = "sparse";
const WORD_REASON = "the default for an adapter of --align contextual, whose projector scores words";
const REASON = "the default: in mean over kinds of adapters it names most of what is there";

type Chooser = (request: LensRequest) => Promise<Omit<ChosenLens, "reason">>;

const CHOOSERS: Readonly<Record<LensName, Chooser>> = {
  weights: async (request) => {
    const { adapter, top } = request;
    const { projector, decoding } = adapter;
    const rows = decoding && revealsShares(decoding) ? decoding.matrix.rows : headRows(adapter);
    if (rows === undefined) {
      throw new InputError(
        `${adapter.path}: is an ordinary ${projector.kind} projector, which has no coefficients over tokens; use --by sparse or --by cosine`,
      );
    }
    const unused = { ...NO_PURSUIT, llm: "--by weights shows what the adapter's own rows weigh" };
    return { ...(await adapterRows(adapter, rows, request)), lens: { by: "weights", top }, unused };
  },
  sparse: async (request) => {
    const { adapter, top, k = DEFAULT_K, words } = request;
    if (adapter.decoding && revealsTokens(adapter.decoding)) {
      const { settings, matrix } = adapter.decoding;
      const fixed = "the adapter decodes by itself, as its config.json says";
      const rows = await adapterRows(adapter, matrix.rows, request);
      const unused = { k: fixed, words: fixed, llm: fixed };
      return { ...rows, lens: { by: "sparse", top, pursuit: { own: true, settings } }, unused };
    }
    requireInRange("k", k, K_RANGE);
    requireInRange("words", words, WORDS_RANGE);
    const { tables, width, ...rows } = await pursuitTables(request);
    const ranked = { isRanked: rows.isRanked, rows: rows.tokens.length, hiddenSize: width };
    const settings: SparseSettings = { k, ...wordsSetting(words ?? defaultWords(ranked)) };
    return { ...rows, lens: { by: "sparse", top, pursuit: { own: false, settings, tables } } };
  },
  contextual: async (request) => {
    const { adapter, top } = request;
    if (adapter.wordChoice === undefined) {
      throw new InputError(
        `${adapter.path}: scores no words; --by contextual shows an adapter that transfer --align contextual made, use --by sparse`,
      );
    }
    const rows = await adapterRows(adapter, adapter.wordChoice.matrix.rows, request);
    const unused = { ...NO_PURSUIT, llm: "--by contextual shows the adapter's own words" };
    return { ...rows, lens: { by: "contextual", top }, unused };
  },
  cosine: async (request) => {
    const { table, ...rows } = await finishedTable(request);
    return { ...rows, lens: { by: "cosine", top: request.top, table }, unused: NO_PURSUIT };
  },
};

interface PursuitTables extends ShownRows {
  readonly unused: Unused;
  readonly tables: DecodingTables;
  readonly width: number;
}

/** The rows of the LLM that the projector was trained for: those the adapter decodes with, else M, else those of `llm`. */
async function pursuitTables(request: LensRequest): Promise<PursuitTables> {
  const { adapter } = request;
  const own = adapter.decoding?.matrix ?? adapter.matrix;
  if (own !== undefined) {
    const unused = { llm: "--by sparse finds the patches of this adapter in its own rows" };
    // A missing token is a row of zeros in the second table and is never selected.
    const tables = { decodeMatrix: own.tensor, vocabMatrix: adapter.matrix!.tensor };
    return { ...(await adapterRows(adapter, own.rows, request)), tables, width: own.hiddenSize, unused };
  }
  const { table, ...rows } = await ordinaryTable(request);
  // Special tokens describe nothing that can be seen.
  const vocabMatrix = usableRows(rows.tokens.map(({ kind }) => kind === "text"));
  return { ...rows, tables: { decodeMatrix: table, vocabMatrix }, width: table.shape[1]!, unused: {} };
}

/** A table as wide as the vectors that the LLM is given. */
async function finishedTable(request: LensRequest): Promise<ShownRows & { readonly table: CheckpointTensor }> {
  const { adapter, llm } = request;
  if (llm !== undefined || adapter.matrix === undefined) return ordinaryTable(request);
  const { tensor, rows } = adapter.matrix;
  return { ...(await adapterRows(adapter, rows, request)), table: tensor };
}

/** Rows of `llm`, which has to be given here. */
async function ordinaryTable({ adapter, llm, ...options }: LensRequest) {
  const width = projectorOutputSize(projectorWeights(adapter));
  if (llm !== undefined) return llmRows(adapter, llm, { width, ...options });
  throw new InputError(
    `${adapter.path}: is an ordinary ${adapter.projector.kind} projector, which has no rows of its own; name the LLM it was trained for with --llm, whose tokens then describe what it says`,
  );
}

const headRows = ({ projector }: Adapter): number | undefined =>
  projector.kind === "mm_vocab" ? projector.rows : undefined;

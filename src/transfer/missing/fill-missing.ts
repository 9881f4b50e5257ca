import { InputError } from "../../errors.js";
import type { FloatMatrix } from "../../files/read-rows.js";
import { rowSquares } from "../../files/row-squares.js";
import type { Progress } from "../../progress.js";
import { withWorker, type WorkerClient } from "../../runtime/sessions/client.js";
import type { RowMatch } from "../../vocabulary/row-match.js";
import type { LlmVocabulary } from "../../model/llm/llm-folder.js";
import type { RowEmbeddings } from "../../adapter/row-embeddings.js";
import type { TransferSource } from "../rows/source.js";
import { findAnchors, type Anchors } from "./anchors.js";
import { GramMaker } from "./gram.js";
import { chooseSetting, inTarget, type HeldOut } from "./held-out.js";
import { MIXTURES, type Mixture, type MixtureName } from "./mixtures.js";
import { NeighbourhoodFinder, type Neighbourhood } from "./neighbourhoods.js";
import type { Mix } from "./omp.js";

/** How missing rows were filled from the vectors of shared tokens. */
export interface FillFacts {
  readonly strategy: MixtureName;
  readonly sharedTokens: number;
  /** What holds the source vectors of the shared tokens. */
  readonly from: string;
  /**
   * The name of the setting that was chosen ("temperature" or "tokens") and its value; shared tokens were predicted from the
   * others to choose it.
   */
  readonly setting: string;
  readonly value: number;
  readonly heldOut: Omit<HeldOut, "chosen">;
}

/** The share of the squared norm of held-out rows that the prediction misses with this setting. */
export function chosenError({ value, heldOut }: FillFacts): number {
  return heldOut.errors.find(({ setting }) => setting === value)!.error;
}

export interface FillOptions {
  readonly strategy: MixtureName;
  readonly source: TransferSource;
  readonly sourceLlm: LlmVocabulary | undefined;
  readonly target: LlmVocabulary;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

export interface FilledRows {
  readonly matches: readonly RowMatch[];
  /** Absent when no row was missing. */
  readonly facts?: FillFacts;
}

/**
 * Makes each missing row a mix of shared tokens. The weights that rebuild the row's vector from the source rows of these
 * tokens are applied to their target rows. A row of length 0 in the source stays missing, for nothing is near to it.
 *
 * @throws InputError when the vectors are not at hand or fewer than two tokens are shared
 * @throws UnavailableError without onnxruntime-node
 */
export async function fillMissing(matches: readonly RowMatch[], options: FillOptions): Promise<FilledRows> {
  const missing = matches.flatMap(({ match }, row) => (match === "missing" ? [row] : []));
  if (missing.length === 0) return { matches };
  const { strategy, source, sourceLlm, target, signal } = options;
  const found = findAnchors(source, matches, sourceLlm, target);
  if (found === undefined || source.embeddings === undefined) {
    throw new InputError(
      `${source.adapter.path}: --missing ${strategy} compares rows of the source, and the adapter came without its matrix; name it with --vocab-matrix, or the LLM it was trained for with --source`,
    );
  }
  const anchors = await withDirection(found, signal);
  if (anchors.rows.length < 2) {
    throw new InputError(
      `${target.path}: shares ${anchors.rows.length} tokens with ${found.from}, --missing ${strategy} mixes at least 2; use --missing subword`,
    );
  }
  const { embeddings } = source;
  return withWorker((client) => fillWith(client, matches, missing, { ...options, anchors, embeddings }));
}

/*
 * Four kinds of numbers meet here:
 * - a row of the adapter, by which `matches` are ordered;
 * - `embeddings.rows[row]`, where the source embedding of that row lies in its table;
 * - an anchor, from 0 to the number of shared tokens, by which neighbours are named;
 * - `anchors.targetIds[anchor]`, the token of the target that an anchor is.
 */

/** Fills the rows `missing` of the adapter, one neighbourhood after another. */
async function fillWith(
  client: WorkerClient,
  matches: readonly RowMatch[],
  missing: readonly number[],
  options: FillOptions & { readonly anchors: Anchors; readonly embeddings: RowEmbeddings },
): Promise<FilledRows> {
  const { strategy, anchors, embeddings, target, signal, onProgress } = options;
  const mixture: Mixture = MIXTURES[strategy];
  const finder = await NeighbourhoodFinder.open({ client, mixture, anchors, signal });
  const targetGrams = await GramMaker.open(client, target.table.tensor, signal);
  const { chosen, ...heldOut } = await chooseSetting({
    mixture,
    anchors,
    finder,
    target: target.table.tensor,
    targetGrams,
  });
  const rows = await rowsToFill(missing, embeddings, signal);
  const filled = new Map<number, RowMatch>();
  const sourceRows = rows.map((row) => embeddings.rows[row]!);
  let done = 0;
  for await (const near of finder.around(embeddings.tensor, sourceRows)) {
    const mix = mixture.mix(near.gram, [chosen])[0];
    const made = inTarget(mix, near.anchors, anchors);
    const row = rows[done++]!;
    if (made.ids.length > 0) filled.set(row, { match: strategy, ...made, error: relativeResidual(near, mix!) });
    onProgress?.({ stage: "filling", done, total: rows.length, unit: "rows" });
  }
  return {
    matches: matches.map((match, row) => filled.get(row) ?? match),
    facts: {
      strategy,
      sharedTokens: anchors.rows.length,
      from: anchors.from,
      setting: mixture.setting,
      value: chosen,
      heldOut,
    },
  };
}

/** The missing rows whose source vector is not zero. */
async function rowsToFill(
  missing: readonly number[],
  { tensor, rows }: RowEmbeddings,
  signal: AbortSignal | undefined,
): Promise<readonly number[]> {
  const squares = await finiteSquares(
    tensor,
    missing.map((row) => rows[row]!),
    signal,
  );
  return missing.filter((_, i) => squares[i]! > 0);
}

/** The anchors whose source row is not zero. A token that no text reached has a row of zeros, which is near to nothing. */
async function withDirection(anchors: Anchors, signal: AbortSignal | undefined): Promise<Anchors> {
  const squares = await finiteSquares(anchors.tensor, anchors.rows, signal);
  const kept = anchors.rows.map((_, anchor) => anchor).filter((anchor) => squares[anchor]! > 0);
  return {
    ...anchors,
    rows: kept.map((anchor) => anchors.rows[anchor]!),
    targetIds: kept.map((anchor) => anchors.targetIds[anchor]!),
  };
}

async function finiteSquares(
  tensor: FloatMatrix,
  rows: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const squares = await rowSquares(tensor, { rows, signal });
  const bad = squares.findIndex((square) => !Number.isFinite(square));
  if (bad < 0) return squares;
  throw new InputError(
    `${tensor.file}: row ${rows[bad]} of "${tensor.name}" holds NaN or infinity; the checkpoint is damaged`,
  );
}

/** |vector - its mix| over |vector|. */
function relativeResidual({ vectors, gram }: Neighbourhood, { of, weights }: Mix): number {
  const columns = vectors.length / gram.size;
  let [residualSquare, vectorSquare] = [0, 0];
  for (let column = 0; column < columns; column++) {
    const value = vectors[column]!;
    let residual = value;
    of.forEach((neighbour, i) => (residual -= weights[i]! * vectors[neighbour * columns + column]!));
    residualSquare += residual * residual;
    vectorSquare += value * value;
  }
  return Math.sqrt(residualSquare / vectorSquare);
}

import { rowSquares } from "../files/row-squares.js";
import { summarize, type Summary } from "../tensor/summary.js";
import type { CheckpointTensor } from "../tensor/tensor-info.js";
import type { TransferProvenance } from "../adapter/config.js";
import type { Adapter } from "../adapter/load.js";
import type { LinearLayer } from "../adapter/projector-layers.js";
import { findRowTokens } from "../adapter/row-tokens.js";
import type { VocabularyMatrix } from "../adapter/vocabulary-matrix.js";

/** What an adapter holds, as `inspect` shows it. */
export interface AdapterDescription {
  readonly name: string;
  readonly kind: string;
  readonly visionHiddenSize: number;
  /** Absent for a projector of one layer. */
  readonly mlpHiddenSize?: number;
  readonly parameters: number;
  readonly dtype: string;
  /** Absent for an ordinary projector. */
  readonly head?: HeadDescription;
  /** Absent when the adapter came without M. */
  readonly matrix?: MatrixDescription;
  /** The source LLM's rows, in a folder that decodes its patches at run time. */
  readonly decodeMatrix?: MatrixDescription;
  /** The provenance that a transfer recorded. */
  readonly provenance?: TransferProvenance;
}

export interface HeadDescription {
  readonly rows: number;
  readonly norms: Summary;
  /** Rows that hold NaN or an infinity. */
  readonly notFinite: readonly number[];
  readonly zeroRows: readonly number[];
  /** Rows with the largest share of the head's squared norm. */
  readonly heaviest: readonly { readonly row: number; readonly token: string; readonly mass: number }[];
  /** Which file named the tokens; absent when no file says what the rows stand for. */
  readonly vocabulary?: string;
}

export interface MatrixDescription {
  readonly rows: number;
  readonly hiddenSize: number;
  readonly dtype: string;
  readonly norms: Summary;
  readonly notFinite: readonly number[];
  readonly zeroRows: readonly number[];
}

export interface DescribeOptions {
  readonly vocabularyFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How many of the heaviest rows are listed. */
const HEAVIEST = 20;

/** Reads an adapter's head and matrix once and measures their rows; memory stays at a few blocks. */
export async function describeAdapter(adapter: Adapter, options: DescribeOptions = {}): Promise<AdapterDescription> {
  const { projector, matrix, decoding, config } = adapter;
  const tensors = Object.values<LinearLayer>(projector.layers).flatMap(({ weight, bias }) => [weight, bias]);
  return {
    name: adapter.name,
    kind: projector.kind,
    visionHiddenSize: projector.visionHiddenSize,
    ...(projector.kind !== "linear" && { mlpHiddenSize: projector.mlpHiddenSize }),
    parameters: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
    dtype: projector.dtype,
    ...(projector.kind === "mm_vocab" && {
      head: await describeHead(adapter, projector.layers[3].weight, options),
    }),
    ...(matrix && { matrix: await describeMatrix(matrix, options) }),
    ...(decoding && { decodeMatrix: await describeMatrix(decoding.matrix, options) }),
    ...(config.langbridge && { provenance: config.langbridge }),
  };
}

async function describeMatrix(
  { rows, hiddenSize, tensor }: VocabularyMatrix,
  options: DescribeOptions,
): Promise<MatrixDescription> {
  return { rows, hiddenSize, dtype: tensor.dtype, ...rowFacts(await rowSquares(tensor, options)) };
}

async function describeHead(
  adapter: Adapter,
  weight: CheckpointTensor,
  { vocabularyFile, signal }: DescribeOptions,
): Promise<HeadDescription> {
  const squares = await rowSquares(weight, { signal });
  const rowTokens = await findRowTokens({ rows: squares.length, folder: adapter.folder, file: vocabularyFile });
  const total = squares.reduce((sum, square) => sum + (Number.isFinite(square) ? square : 0), 0) || 1;
  const heaviest = Array.from(squares, (square, row) => ({ row, mass: square / total }))
    .filter(({ mass }) => Number.isFinite(mass))
    .sort((a, b) => b.mass - a.mass || a.row - b.row)
    .slice(0, HEAVIEST);
  return {
    rows: squares.length,
    ...rowFacts(squares),
    heaviest: heaviest.map(({ row, mass }) => ({ row, token: rowTokens?.tokens[row]?.string ?? `row ${row}`, mass })),
    ...(rowTokens && { vocabulary: rowTokens.from }),
  };
}

function rowFacts(squares: Float64Array): Pick<MatrixDescription, "norms" | "notFinite" | "zeroRows"> {
  const numbered = Array.from(squares, (square, row) => ({ square, row }));
  return {
    norms: summarize(squares.filter(Number.isFinite).map(Math.sqrt)),
    notFinite: numbered.filter(({ square }) => !Number.isFinite(square)).map(({ row }) => row),
    zeroRows: numbered.filter(({ square }) => square === 0).map(({ row }) => row),
  };
}

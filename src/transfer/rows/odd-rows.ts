import type { VocabularyMatrix } from "../../adapter/vocabulary-matrix.js";
import { rowSquares } from "../../files/row-squares.js";
import type { SourceToken } from "../../vocabulary/source-token.js";
import { countedLine } from "../../layout/some-of.js";

/**
 * Warnings about rows of the source's M that are not finite or zero. A transfer replaces M, so they do not harm the result.
 * But they say that the adapter was damaged, or was trained with coefficients that had no effect.
 */
export async function oddRowWarnings(
  matrix: VocabularyMatrix | undefined,
  tokens: readonly SourceToken[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly string[]> {
  if (matrix === undefined) return [];
  const squares = await rowSquares(matrix.tensor, { signal });
  const namesWhere = (isOdd: (square: number) => boolean): string[] =>
    tokens.flatMap(({ string }, row) => (isOdd(squares[row]!) ? [`${row} ${JSON.stringify(string)}`] : []));
  return [
    ...countedLine(
      namesWhere((square) => !Number.isFinite(square)),
      "rows of the adapter's matrix hold NaN or infinity: rows",
    ),
    ...countedLine(
      namesWhere((square) => square === 0),
      "rows of the adapter's matrix are all zero: rows",
    ),
  ];
}

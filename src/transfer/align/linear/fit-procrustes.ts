import { crossProducts } from "./cross-products.js";
import { dot, withProduct } from "./fixed-product.js";
import { judgeFit, type FitOptions, type FitRun, type FittedMap } from "./linear-map.js";
import { polarFactor } from "./polar-factor.js";
import { meansOf, zeroMeans, type SharedPairs } from "./shared-pairs.js";

/**
 * The orthogonal map, times a scale, that brings the source rows X nearest to the target rows Y; it is semi-orthogonal where
 * the widths differ. Q maximises tr(Q^T X^T Y), which makes it the polar factor of X^T Y. Source: Schönemann 1966,
 * doi:10.1007/BF02289451.
 */
export async function fitProcrustes(pairs: SharedPairs, options: FitOptions): Promise<FittedMap> {
  const { centre, ...run } = options;
  const [sourceColumns, targetColumns] = [pairs.source.shape[1]!, pairs.target.shape[1]!];
  const means = centre ? await meansOf(pairs, run) : zeroMeans(pairs);
  // The Gram matrix gives |X Q|, which is |X| unless Q drops dimensions.
  const drops = sourceColumns > targetColumns;
  const { cross, gram, sourceSquares, targetSquares } = await crossProducts(pairs, {
    ...{ ...run, gram: drops, means },
  });
  const { factor, steps } = await polarFactor(cross, [sourceColumns, targetColumns], run);
  const alike = dot(factor, cross);
  const squares = gram ? await mappedSquares(factor, gram, run) : sourceSquares;
  const scale = squares > 0 ? alike / squares : 0;
  const targetTotal = targetSquares.reduce((sum, square) => sum + square, 0);
  const missed = targetTotal > 0 ? 1 - (alike * scale) / targetTotal : 1;
  return {
    map: { matrix: factor.map((value) => scale * value), sourceColumns, targetColumns, means },
    settings: { scale: Number(scale.toPrecision(6)), centre },
    ...judgeFit(
      `orthogonal map fitted to ${pairs.sourceRows.length} shared tokens in ${steps} steps`,
      missed,
      "their rows",
    ),
  };
}

/** |X Q|^2 = tr(Q^T X^T X Q). */
function mappedSquares(factor: Float32Array, gram: Float64Array, run: FitRun): Promise<number> {
  const q = Float64Array.from(factor);
  return withProduct(gram, run, async (product) => dot(q, await product(q)));
}

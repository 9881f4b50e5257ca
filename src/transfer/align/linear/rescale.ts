import type { FitRun, LinearMap } from "./linear-map.js";
import { RowMapper } from "./row-mapper.js";
import { readPairs, type SharedPairs } from "./shared-pairs.js";

/**
 * The map times the factor that gives the mapped shared rows the squared norm of the target's, both without their means. A
 * fit between tables that are hardly related makes short vectors, and an LLM may read short vectors otherwise.
 */
export async function rescaled(
  map: LinearMap,
  pairs: SharedPairs,
  options: Omit<FitRun, "client">,
): Promise<{ readonly map: LinearMap; readonly factor: number }> {
  const mapper = await RowMapper.open(map, options);
  let [mapped, wanted] = [0, 0];
  try {
    for await (const { x, y } of readPairs(pairs, { means: map.means, ...options })) {
      mapped += squares(await mapper.directions(x));
      wanted += squares(y);
    }
  } finally {
    await mapper.close();
  }
  const factor = mapped > 0 ? Math.sqrt(wanted / mapped) : 1;
  return { map: { ...map, matrix: map.matrix.map((value) => factor * value) }, factor };
}

function squares(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

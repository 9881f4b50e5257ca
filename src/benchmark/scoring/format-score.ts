import type { Unit } from "../tasks/benchmark.js";

/** A figure as people write it: "88.89 %", or points as they are. */
export const formatScore = (value: number, unit: Unit, decimals = 2): string =>
  unit === "points" ? value.toFixed(decimals) : `${(100 * value).toFixed(decimals)} %`;

/** A difference with its sign, in points: "-3.50". */
export const formatSigned = (value: number, unit: Unit, decimals = 2): string =>
  `${value < 0 ? "-" : "+"}${(unit === "points" ? Math.abs(value) : 100 * Math.abs(value)).toFixed(decimals)}`;

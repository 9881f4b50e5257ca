import { linearMethod } from "./linear/linear-method.js";
import { fitProcrustes } from "./linear/fit-procrustes.js";
import type { AlignMethod } from "./method.js";

/** A rotation of the whole table, and a scale. */
export const procrustes: AlignMethod = linearMethod({
  name: "procrustes",
  summary: "one rotation and scale of all rows, fitted to the shared tokens; needs onnxruntime-node",
  settings: {},
  fit: (pairs, _, options) => fitProcrustes(pairs, options),
});

import { linearMethod } from "./linear/linear-method.js";
import { fitRidge } from "./linear/fit-ridge.js";
import type { AlignMethod } from "./method.js";

/** A least-squares map of the whole table, held back by lambda. */
export const ridge: AlignMethod = linearMethod({
  name: "ridge",
  summary: "one linear map of all rows, by least squares over the shared tokens; needs onnxruntime-node",
  settings: {
    lambda: {
      accepts: (value) => value > 0 && Number.isFinite(value),
      expected: "a number above 0",
    },
  },
  fit: (pairs, { lambda }, options) => fitRidge(pairs, { lambda, ...options }),
});

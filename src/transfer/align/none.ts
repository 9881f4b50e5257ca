import { keptRowNumbers } from "../rows/row-plan.js";
import { listedRowsOutput, projectorOutputs } from "../tensors/outputs.js";
import type { AlignMethod } from "./method.js";
import { listedBytes, ROW_LISTS } from "./row-lists.js";

/** The paper's step: the same coefficients over the target's rows. Source: LangBridge (arXiv 2503.19404). */
export const none: AlignMethod = {
  ...ROW_LISTS,
  name: "none",
  summary: "re-index: the target's row of each token, the paper's own step, which counts on tuning afterwards",
  keepsUnlistedRows: false,
  carriesOrdinaryProjectors: false,
  needsSourceRows: false,
  decodesAtRunTime: false,
  settings: {},
  bytesRead: listedBytes,
  outputs: ({ source, target, rowPlan, dtype }, { signal }) => {
    const options = { dtype, signal };
    const layers = projectorOutputs(source, { kept: keptRowNumbers(rowPlan), ...options });
    const matrix = listedRowsOutput(target.table, rowPlan.written, options);
    return Promise.resolve({
      tensors: [...layers.tensors, matrix.tensor],
      settings: {},
      checks: [],
      measure: async () => ({ ...(await layers.measure()), rowsSha256: await matrix.sha256() }),
    });
  },
};

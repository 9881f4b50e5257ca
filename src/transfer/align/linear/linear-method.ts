import { withWorker } from "../../../runtime/sessions/client.js";
import type { SettingRange } from "../../../model/projector/decoding-settings.js";
import type { AlignMethod, AlignSettings, MakeOptions } from "../method.js";
import { sourceBytes, targetRowBytes } from "../row-lists.js";
import type { FitOptions, FittedMap } from "./linear-map.js";
import { mappedOutputs } from "./mapped-outputs.js";
import { rescaled } from "./rescale.js";
import { sharedPairs, type SharedPairs } from "./shared-pairs.js";

/** What tells one linear method from another. */
export interface LinearMethod extends Pick<AlignMethod, "summary" | "settings"> {
  readonly name: string;
  readonly fit: (pairs: SharedPairs, settings: AlignSettings, options: FitOptions) => Promise<FittedMap>;
}

const YES_OR_NO: SettingRange<boolean> = { accepts: () => true, expected: "true or false" };

/** A method that maps the whole table by one linear map, so that the adapter stays of the kind that it was. */
export function linearMethod({ name, summary, settings, fit }: LinearMethod): AlignMethod {
  return {
    name,
    summary,
    listsTargetRows: false,
    keepsUnlistedRows: false,
    carriesOrdinaryProjectors: true,
    needsSourceRows: true,
    decodesAtRunTime: false,
    // An ordinary projector that is mapped stays one.
    makesMatrix: ({ kind }) => kind === "mm_vocab",
    bytesRead: (task) => task.rowPlan.shared.length * targetRowBytes(task) + sourceBytes(task.source),
    // Nothing to compare: a mapped row is not a sum of rows that could be read again.
    verify: () => Promise.resolve([]),
    settings: { centre: YES_OR_NO, rescale: YES_OR_NO, ...settings },
    outputs: async (task, options) => {
      const { centre = false, rescale = false } = task.settings;
      const pairs = sharedPairs(task, name);
      return withWorker(async (client) => {
        const fitted = await fit(pairs, task.settings, { client, centre, ...options });
        return mappedOutputs(task, pairs, rescale ? await withRescale(fitted, pairs, options) : fitted, options);
      });
    },
  };
}

async function withRescale(
  { map, settings, checks, warnings }: FittedMap,
  pairs: SharedPairs,
  options: MakeOptions,
): Promise<FittedMap> {
  const made = await rescaled(map, pairs, options);
  const check = `the map was scaled by ${made.factor.toPrecision(3)} to the target's norms`;
  return { map: made.map, settings: { ...settings, rescale: true }, checks: [...checks, check], warnings };
}

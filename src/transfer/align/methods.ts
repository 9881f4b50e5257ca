import { InputError } from "../../errors.js";
import type { AlignMethod, AlignSetting, AlignSettings } from "./method.js";
import { none } from "./none.js";
import { soft } from "./soft.js";
import { sparse } from "./sparse.js";

/** How the target's rows come about, by name of `--align`. */
export const ALIGN_METHODS = {
  none,
  sparse,
  soft,
} as const satisfies Readonly<Record<string, AlignMethod>>;

export type AlignName = keyof typeof ALIGN_METHODS;

/** The method of a name. */
export const alignMethod = (name: AlignName): AlignMethod => ALIGN_METHODS[name];

/** Throws InputError for a setting that the method does not take, or a value that it cannot use. */
export function checkSettings(name: AlignName, settings: AlignSettings): void {
  const ranges = alignMethod(name).settings;
  for (const [setting, value] of Object.entries(settings) as [AlignSetting, number | undefined][]) {
    if (value === undefined) continue;
    const range = ranges[setting];
    if (range === undefined) {
      const taking = Object.keys(ALIGN_METHODS).filter((other) => alignMethod(other as AlignName).settings[setting]);
      throw new InputError(`--${setting}: --align ${name} takes none; ${taking.join(", ") || "no method"} does`);
    }
    if (!range.accepts(value)) throw new InputError(`--${setting}: is ${value}, expected ${range.expected}`);
  }
}

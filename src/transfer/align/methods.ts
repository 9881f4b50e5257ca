import { InputError } from "../../errors.js";
import { requireInRange, type SettingRange } from "../../model/projector/decoding-settings.js";
import type { AlignMethod, AlignSetting, AlignSettings } from "./method.js";
import { contextual } from "./contextual.js";
import { none } from "./none.js";
import { procrustes } from "./procrustes.js";
import { ridge } from "./ridge.js";
import { soft } from "./soft.js";
import { sparse } from "./sparse.js";

/** How the target's rows come about, by name of `--align`. */
export const ALIGN_METHODS = {
  none,
  sparse,
  soft,
  ridge,
  procrustes,
  contextual,
} as const satisfies Readonly<Record<string, AlignMethod>>;

export type AlignName = keyof typeof ALIGN_METHODS;

/** The methods that `applies` to, as a message lists them. */
export const methodsWhere = (applies: (method: AlignMethod) => boolean): string[] =>
  Object.values(ALIGN_METHODS)
    .filter(applies)
    .map(({ name }) => name);

/**
 * Checks the settings that a user gave a method.
 *
 * @throws InputError for a setting that the method does not take, and for a value outside its range
 */
export function checkSettings({ name, settings: ranges }: AlignMethod, settings: AlignSettings): void {
  for (const [setting, value] of Object.entries(settings) as [AlignSetting, number | boolean | undefined][]) {
    if (value === undefined) continue;
    const range = ranges[setting] as SettingRange<number | boolean> | undefined;
    if (range === undefined) {
      const taking = methodsWhere((method) => method.settings[setting] !== undefined);
      throw new InputError(
        `--${setting}: --align ${name} takes none; ${taking.join(" and ")} ${taking.length > 1 ? "do" : "does"}`,
      );
    }
    requireInRange(setting, value, range);
  }
}

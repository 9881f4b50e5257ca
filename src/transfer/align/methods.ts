import { InputError } from "../../errors.js";
import type { AlignMethod, AlignSetting, AlignSettings, SettingRange } from "./method.js";
import type { TransferSource } from "../source/source.js";
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
} as const satisfies Readonly<Record<string, AlignMethod>>;

export type AlignName = keyof typeof ALIGN_METHODS;

/** Whether the new adapter has a vocabulary matrix: an ordinary projector that is mapped stays one. */
export function makesMatrix({
  align,
  source,
}: {
  readonly align: AlignName;
  readonly source: TransferSource;
}): boolean {
  return alignMethod(align).rows !== "mapped" || source.projector.kind === "mm_vocab";
}

/** The method of a name. */
export const alignMethod = (name: AlignName): AlignMethod => ALIGN_METHODS[name];

/** Throws InputError for a setting that the method does not take, or a value that it cannot use. */
export function checkSettings(name: AlignName, settings: AlignSettings): void {
  const ranges = alignMethod(name).settings;
  for (const [setting, value] of Object.entries(settings) as [AlignSetting, number | boolean | undefined][]) {
    if (value === undefined) continue;
    const range = ranges[setting] as SettingRange<number | boolean> | undefined;
    if (range === undefined) {
      const taking = Object.keys(ALIGN_METHODS).filter((other) => alignMethod(other as AlignName).settings[setting]);
      throw new InputError(
        `--${setting}: --align ${name} takes none; ${taking.join(" and ") || "no method"} ${taking.length > 1 ? "do" : "does"}`,
      );
    }
    if (!range.accepts(value)) throw new InputError(`--${setting}: is ${value}, expected ${range.expected}`);
  }
}

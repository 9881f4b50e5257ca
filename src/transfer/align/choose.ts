import type { Adapter } from "../../adapter/load.js";
import { InputError } from "../../errors.js";
import type { ExampleImages } from "./example-images.js";
import type { AlignSetting, AlignSettings } from "./method.js";
import { ALIGN_METHODS, alignMethod, checkSettings, type AlignName } from "./methods.js";

export interface AlignRequest {
  readonly adapter: Adapter;
  /** As asked for. */
  readonly align?: AlignName | undefined;
  readonly alignSettings?: AlignSettings | undefined;
  readonly examples?: ExampleImages | undefined;
  readonly missing?: string | undefined;
  readonly overrides?: readonly unknown[] | undefined;
  readonly mappingFile?: string | undefined;
}

export interface AlignChoice {
  readonly align: AlignName;
  readonly reason: string;
}

/**
 * The method that was asked for, else the default for this kind of adapter, with the reason in one line.
 * Throws InputError when the method cannot carry this adapter or does not go with another option.
 */
export function chooseAlign(request: AlignRequest): AlignChoice {
  const { adapter, align, alignSettings = {} } = request;
  const isOrdinary = adapter.projector.kind !== "mm_vocab";
  const choice = align === undefined ? (isOrdinary ? ORDINARY_DEFAULT : DEFAULT) : { align, reason: "asked for" };
  checkSettings(choice.align, alignSettings);
  const { carriesOrdinaryProjectors, rows } = alignMethod(choice.align);
  if (isOrdinary && !carriesOrdinaryProjectors) {
    throw new InputError(
      `${adapter.path}: is an ordinary ${adapter.projector.kind} projector, which has no vocabulary rows to re-index; ${carriers()}`,
    );
  }
  if (request.examples !== undefined) requireLearner(request, choice.align);
  if (rows === "mapped") refuseRowOptions(request, choice.align);
  return choice;
}

const DEFAULT: AlignChoice = { align: "none", reason: "the default, the paper's own step" };
const ORDINARY_DEFAULT: AlignChoice = {
  align: "sparse",
  reason: "the default for a projector without vocabulary rows",
};

/** Says which methods carry a projector that has no rows of its own. */
function carriers(): string {
  const names = Object.keys(ALIGN_METHODS).filter((name) => alignMethod(name as AlignName).carriesOrdinaryProjectors);
  return names.length === 0 ? "expected mm_vocab" : `use --align ${names.join(", ")}, with --source for its LLM`;
}

/** Pictures that nothing would be chosen by must not seem to have been used. */
function requireLearner({ alignSettings = {} }: AlignRequest, align: AlignName): void {
  const { learnsFromImages = false, settings } = alignMethod(align);
  if (!learnsFromImages) {
    const learners = Object.keys(ALIGN_METHODS).filter((name) => alignMethod(name as AlignName).learnsFromImages);
    throw new InputError(`--images: --align ${align} chooses nothing by pictures; ${learners.join(", ")} does`);
  }
  const open = Object.keys(settings).filter((name) => alignSettings[name as AlignSetting] === undefined);
  if (open.length > 0) return;
  const given = Object.keys(settings).map((name) => `--${name}`);
  throw new InputError(
    `--images: ${given.join(" and ")} are given, so nothing is left to choose; leave one of them out`,
  );
}

/** Every row comes from the source's by one map, so nothing is missing and no row can be made by hand. */
function refuseRowOptions({ missing, overrides = [], mappingFile }: AlignRequest, align: AlignName): void {
  const given = {
    "--missing": missing !== undefined,
    "--override": overrides.length > 0,
    "--mapping": mappingFile !== undefined,
  };
  const flags = Object.entries(given).flatMap(([flag, isGiven]) => (isGiven ? [flag] : []));
  if (flags.length === 0) return;
  throw new InputError(
    `${flags.join(", ")}: --align ${align} maps every row of the source by one map, so no single row can be chosen; leave it out, or use --align none`,
  );
}

import type { Adapter } from "../../adapter/load.js";
import { InputError } from "../../errors.js";
import { contextual } from "./contextual.js";
import { isFeatures, type Examples } from "../naming/seen-examples.js";
import type { AlignMethod, AlignSettings } from "./method.js";
import { none } from "./none.js";
import { sparse } from "./sparse.js";
import { ALIGN_METHODS, checkSettings, methodsWhere, type AlignName } from "./methods.js";

export interface AlignRequest {
  readonly adapter: Adapter;
  /** Whether the source LLM was given: its rows are then at hand even where the adapter came without them. */
  readonly source?: unknown;
  /** Whether the source LLM has all weights that running it takes; true when left out. */
  readonly sourceRuns?: boolean | undefined;
  /** Whether the files of the official training code are wanted. */
  readonly official?: boolean | undefined;
  /** As asked for. */
  readonly align?: AlignName | undefined;
  readonly alignSettings?: AlignSettings | undefined;
  readonly examples?: Examples | undefined;
  readonly wordList?: string | undefined;
  /** An ordinary projector is fitted to what comes out, which takes pictures whatever the method. */
  readonly distilled?: boolean | undefined;
  readonly missing?: string | undefined;
  readonly overrides?: readonly unknown[] | undefined;
  readonly mappingFile?: string | undefined;
}

export interface AlignChoice {
  readonly method: AlignMethod;
  /** Why this one, in one line. */
  readonly reason: string;
}

/**
 * The method that was asked for, else the default for this kind of adapter, with the reason in one line.
 *
 * @throws InputError when the method cannot carry this adapter or does not go with another option
 */
export function chooseAlign(request: AlignRequest): AlignChoice {
  const { adapter, align, alignSettings = {} } = request;
  requireSource(adapter);
  const isOrdinary = adapter.projector.kind !== "mm_vocab";
  const choice = align === undefined ? defaultChoice(request) : { method: ALIGN_METHODS[align], reason: "asked for" };
  const { method } = choice;
  checkSettings(method, alignSettings);
  if (isOrdinary && !method.carriesOrdinaryProjectors) {
    throw new InputError(
      `${adapter.path}: is an ordinary ${adapter.projector.kind} projector, which has no vocabulary rows to re-index; ${carriers()}`,
    );
  }
  if (method.needsPictures) requirePictures(request, method);
  else if (request.examples !== undefined && !request.distilled) requireLearner(request, method);
  if (request.wordList !== undefined && !method.needsPictures) {
    throw new InputError(`--word-list: --align ${method.name} asks for no words; contextual does`);
  }
  if (!method.listsTargetRows) refuseRowOptions(request, method);
  return choice;
}

/** Says what a method lacks that asks the source LLM about pictures. */
function requirePictures({ source, examples, official }: AlignRequest, { name }: AlignMethod): void {
  const lacks = [
    ...(source === undefined ? ["--source, the LLM that the adapter was trained for, with its weights"] : []),
    ...(examples === undefined
      ? ["--images and --vision, pictures and the tower that sees them, or --features, made elsewhere"]
      : []),
  ];
  if (lacks.length > 0) throw new InputError(`--align ${name}: needs ${lacks.join(", and ")}; or use --align sparse`);
  if (official) {
    throw new InputError(
      `--official: --align ${name} scores words, for which the official code has no place; use --align none`,
    );
  }
}

/** Its words are the source LLM's reading of patches, and of no vectors that could be read once more. */
function requireSource({ path, wordChoice }: Adapter): void {
  if (wordChoice === undefined) return;
  throw new InputError(
    `${path}: was made by --align contextual, and says words of ${wordChoice.matrix.rows}; transfer the adapter that it was made from`,
  );
}

/**
 * The method that measured best (docs/results.md) of those that have what they take: between real LLMs `contextual`, and without pictures
 * or the source's weights `sparse`, which is best between small LLMs.
 */
function defaultChoice(request: AlignRequest): AlignChoice {
  const { adapter, source, official = false } = request;
  if (asksSource(request)) {
    return {
      method: contextual,
      reason: "the default with the source LLM and pictures: what the LLM itself reads at patches",
    };
  }
  if (adapter.projector.kind !== "mm_vocab") {
    return { method: sparse, reason: `the default for a projector without vocabulary rows${lacking(request)}` };
  }
  if (official) return { method: none, reason: "the default with --official, whose code knows no other" };
  if (adapter.matrix === undefined && source === undefined) {
    return { method: none, reason: "the default without the source's rows, which --source or --vocab-matrix gives" };
  }
  return {
    method: sparse,
    reason: `the default with the source's rows at hand${lacking(request)}; --align none is the paper's own step`,
  };
}

/** Whether nothing is missing that `contextual` takes, and nothing is given that it refuses. */
function asksSource({ source, sourceRuns, examples, official, alignSettings = {} }: AlignRequest): boolean {
  if (source === undefined || sourceRuns === false || examples === undefined || official) return false;
  return Object.keys(given(alignSettings)).every((setting) => setting in contextual.settings);
}

/** What `contextual` would take that is not there, which is best between real LLMs. */
function lacking({ source, sourceRuns, examples, alignSettings = {} }: AlignRequest): string {
  const lacks = [
    ...(source === undefined || sourceRuns === false ? ["--source with all weights"] : []),
    ...(examples === undefined ? ["--images and --vision"] : []),
  ];
  if (lacks.length === 0 || Object.keys(given(alignSettings)).length > 0) return "";
  return `; ${lacks.join(", ")} would allow contextual, which keeps more between real LLMs`;
}

const given = (settings: AlignSettings): AlignSettings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

/** Names the methods that can transfer a projector without rows of its own. */
function carriers(): string {
  const names = methodsWhere(({ carriesOrdinaryProjectors }) => carriesOrdinaryProjectors);
  return `use --align ${names.join(", ")}, with --source for its LLM`;
}

/** Refuses pictures that would choose nothing, since they would seem to have been used. */
function requireLearner({ alignSettings = {}, examples }: AlignRequest, { name, learned = [] }: AlignMethod): void {
  const [flag, what] = isFeatures(examples!) ? ["--features", "features"] : ["--images", "pictures"];
  if (learned.length === 0) {
    const learners = methodsWhere((method) => method.learned !== undefined);
    throw new InputError(`${flag}: --align ${name} chooses nothing by ${what}; ${learners.join(", ")} does`);
  }
  if (learned.some((setting) => alignSettings[setting] === undefined)) return;
  const given = learned.map((setting) => `--${setting}`).join(" and ");
  throw new InputError(`${flag}: ${given} is given, so nothing is left to choose; leave one of them out`);
}

/**
 * Refuses --missing, --override and --mapping where one map makes every row: nothing is missing, and no row can be made by
 * hand.
 */
function refuseRowOptions({ missing, overrides = [], mappingFile }: AlignRequest, { name }: AlignMethod): void {
  const given = {
    "--missing": missing !== undefined,
    "--override": overrides.length > 0,
    "--mapping": mappingFile !== undefined,
  };
  const flags = Object.entries(given).flatMap(([flag, isGiven]) => (isGiven ? [flag] : []));
  if (flags.length === 0) return;
  throw new InputError(
    `${flags.join(", ")}: --align ${name} maps every row of the source by one map, so no single row can be chosen; leave it out, or use --align none`,
  );
}

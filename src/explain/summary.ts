import { readableToken } from "../vocabulary/readable-token.js";
import type { SourceToken } from "../vocabulary/source-token.js";
import type { ExplainedImage } from "./explain.js";
import type { PatchTokens } from "./patch-tokens.js";
import type { ExplainPlan, PatchGrid, View } from "./plan.js";
import { meanShared, sharedTokens, type SharedTokens } from "./shared-tokens.js";

/** A token of an image, over the patches that show it. */
export interface TokenTotal {
  readonly row: number;
  /** Readable, with its word start. */
  readonly token: string;
  /** Sum over the patches. */
  readonly weight: number;
  readonly patches: number;
}

/** What one adapter says of one image. */
export interface ViewSummary {
  /** Heaviest first by the size of their sum. */
  readonly tokens: readonly TokenTotal[];
  /** Of a pursuit: the mean of what is left of patch vectors of length 1. */
  readonly residual?: number;
  /** Of coefficients: the mean share of their size that is negative. */
  readonly negative?: number;
}

export interface ImageSummary {
  readonly file: string;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  /** One for each view. */
  readonly views: readonly ViewSummary[];
  /** With a second adapter. */
  readonly shared?: SharedTokens;
}

/** How an adapter was looked at. */
export interface ViewFacts {
  readonly adapter: string;
  readonly by: string;
  readonly reason: string;
  /** Of a pursuit: tokens of a patch and the words that count in full. */
  readonly settings: Readonly<Record<string, number | undefined>>;
  readonly rows: number;
  /** Where the tokens of the rows were read. */
  readonly vocabulary: string;
}

/** What `explain` prints with `--json`, and writes to explain.json without the images. */
export interface ExplainSummary {
  readonly toolVersion: string;
  readonly options: {
    readonly top: number;
    readonly contrast: boolean;
    readonly device: string;
    readonly dtype: string | null;
  };
  readonly views: readonly ViewFacts[];
  readonly seen: { readonly imageAspectRatio: string; readonly grid: PatchGrid };
  /** Hashes of the models, by name. */
  readonly identity: Readonly<Record<string, string>>;
  readonly images: readonly ImageSummary[];
  /** Over all images, with a second adapter. */
  readonly shared?: SharedTokens;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** Tokens of an image that a summary keeps. */
const SUMMARISED_TOKENS = 20;

/** What an image's patches say together. */
export function summarizeImage(
  { file, sha256, width, height, views }: ExplainedImage,
  plan: ExplainPlan,
): ImageSummary {
  const named = views.map(({ patches }, i) => ({ patches, tokens: plan.views[i]!.tokens }));
  const [first, second] = named;
  return {
    ...{ file, sha256, width, height },
    views: named.map(({ patches, tokens }) => summarizeView(patches, tokens)),
    ...(second && { shared: sharedTokens(first!, second) }),
  };
}

function summarizeView(patches: readonly PatchTokens[], tokens: readonly SourceToken[]): ViewSummary {
  const mean = (name: "residual" | "negative"): Partial<ViewSummary> =>
    patches[0]?.[name] === undefined
      ? {}
      : { [name]: patches.reduce((sum, patch) => sum + patch[name]!, 0) / patches.length };
  return { tokens: tokenTotals(patches, tokens).slice(0, SUMMARISED_TOKENS), ...mean("residual"), ...mean("negative") };
}

/** Every token that patches show, with its weight in all of them. */
export function tokenTotals(patches: readonly PatchTokens[], tokens: readonly SourceToken[]): TokenTotal[] {
  const totals = new Map<number, { weight: number; patches: number }>();
  for (const { row, weight } of patches.flatMap((patch) => patch.tokens)) {
    const total = totals.get(row) ?? { weight: 0, patches: 0 };
    totals.set(row, { weight: total.weight + weight, patches: total.patches + 1 });
  }
  return [...totals]
    .map(([row, total]) => ({ row, token: readableToken(tokens[row]!), ...total }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.row - b.row);
}

export interface SummaryOptions {
  readonly toolVersion: string;
  readonly device?: string | undefined;
  readonly dtype?: string | undefined;
}

/** All that was seen, in one object. */
export function summarize(
  plan: ExplainPlan,
  images: readonly ImageSummary[],
  { toolVersion, device = "cpu", dtype }: SummaryOptions,
): ExplainSummary {
  const shared = images.flatMap((image) => image.shared ?? []);
  return {
    toolVersion,
    options: { top: plan.top, contrast: plan.contrast, device, dtype: dtype ?? null },
    views: plan.views.map(viewFacts),
    seen: { imageAspectRatio: plan.eyes.imageAspectRatio, grid: plan.grid },
    identity: plan.identity,
    images,
    ...(shared.length > 0 && { shared: meanShared(shared) }),
    warnings: plan.warnings,
    notes: notesOf(plan),
  };
}

/** How one adapter is looked at. */
export function viewFacts({ name, lens, reason, tokens, from }: View): ViewFacts {
  const settings = lens.by === "sparse" ? { ...lens.pursuit.settings } : {};
  return { adapter: name, by: lens.by, reason, settings, rows: tokens.length, vocabulary: from };
}

/** What a reader must know of the figures, one line each. */
function notesOf({ views }: ExplainPlan): string[] {
  return views.flatMap(({ name, lens, adapter, tokens }) => {
    const width = adapter.matrix?.hiddenSize;
    if (lens.by !== "weights" || adapter.decoding?.method === "soft" || width === undefined || tokens.length <= width) {
      return [];
    }
    return [
      `${name}: ${tokens.length} coefficients make a vector of ${width} numbers, so others make the same one: they need not name what is seen (--by sparse)`,
    ];
  });
}

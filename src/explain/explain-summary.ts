import { revealsShares } from "../model/projector/decoding-graph.js";
import type { SourceToken } from "../vocabulary/source-token.js";
import type { ExplainedEntry, ExplainedImage } from "./explain.js";
import type { PatchTokens } from "./patch-tokens.js";
import {
  isOfFeatures,
  type ExplainFeaturesPlan,
  type ExplainPlan,
  type PatchGrid,
  type View,
} from "./plan-explanation.js";
import { meanShared, sharedTokens, type SharedTokens } from "./shared-tokens.js";
import { addPatches, heaviestTokens, type TokenSums, type TokenTotal } from "./token-totals.js";
import { weightMeaning } from "./weight-meaning.js";

/** The tokens of one image, or of one entry of a file of features, through one adapter. */
export interface ViewSummary {
  /** Heaviest first by the size of their sum. */
  readonly tokens: readonly TokenTotal[];
  /** With a pursuit, the mean residual of the patches. */
  readonly residual?: number;
  /** With coefficients, the mean share of their size that is negative. */
  readonly negative?: number;
}

export interface ImageSummary {
  /** The picture, or the name of the entry. */
  readonly file: string;
  readonly sha256: string;
  /** Of a picture, in pixels. */
  readonly width?: number;
  readonly height?: number;
  /** Of an entry. */
  readonly vectors?: number;
  /** One for each view. */
  readonly views: readonly ViewSummary[];
  /** With a second adapter. */
  readonly shared?: SharedTokens;
}

/** How the tokens of an adapter were found. */
export interface ViewFacts {
  readonly adapter: string;
  readonly by: string;
  readonly reason: string;
  /** With a pursuit, `k` and `words`. */
  readonly settings: Readonly<Record<string, number | undefined>>;
  readonly rows: number;
  /** Which file named the tokens of the rows. */
  readonly vocabulary: string;
  /** What its weights mean. */
  readonly weights: string;
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
  /** How the pictures were seen, or the file of features, whose vectors stand where patches would. */
  readonly seen: SeenPictures | SeenFeatures;
  /** Hashes of the models, by name. */
  readonly identity: Readonly<Record<string, string>>;
  readonly images: readonly ImageSummary[];
  /** For each view, the heaviest tokens over all images. */
  readonly tokens: readonly (readonly TokenTotal[])[];
  /** Over all images, with a second adapter. */
  readonly shared?: SharedTokens;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

interface SeenPictures {
  readonly imageAspectRatio: string;
  readonly grid: PatchGrid;
}

interface SeenFeatures {
  readonly features: string;
  /** Numbers of a vector. */
  readonly width: number;
}

export interface SummaryOptions {
  readonly toolVersion: string;
  readonly device?: string | undefined;
  readonly dtype?: string | undefined;
}

/** Adds up tokens image by image; nothing else of an image is kept. */
export interface Summarizer {
  add(image: ExplainedImage | ExplainedEntry): ImageSummary;
  finish(options: SummaryOptions): ExplainSummary;
}

export function startSummary(plan: ExplainPlan | ExplainFeaturesPlan): Summarizer {
  const images: ImageSummary[] = [];
  const sums: readonly TokenSums[] = plan.views.map(() => new Map());
  return {
    add(image) {
      const summary = summarizeImage(image, plan);
      images.push(summary);
      image.views.forEach(({ patches }, i) => addPatches(sums[i]!, patches));
      return summary;
    },
    finish: ({ toolVersion, device = "cpu", dtype }) => {
      const shared = images.flatMap((image) => image.shared ?? []);
      return {
        toolVersion,
        options: { top: plan.top, contrast: plan.contrast, device, dtype: dtype ?? null },
        views: plan.views.map(viewFacts),
        seen: isOfFeatures(plan)
          ? { features: plan.features.path, width: plan.features.width }
          : { imageAspectRatio: plan.preprocessing.imageAspectRatio, grid: plan.grid },
        identity: plan.identity,
        images,
        tokens: sums.map((ofView, i) => heaviestTokens(ofView, plan.views[i]!.tokens)),
        ...(shared.length > 0 && { shared: meanShared(shared) }),
        warnings: plan.warnings,
        notes: notesOf(plan),
      };
    },
  };
}

/** The tokens of all patches of an image. */
function summarizeImage(image: ExplainedImage | ExplainedEntry, plan: ExplainPlan | ExplainFeaturesPlan): ImageSummary {
  const { file, sha256, views } = image;
  const named = views.map(({ patches }, i) => ({ patches, tokens: plan.views[i]!.tokens }));
  const [first, second] = named;
  const size = "vectors" in image ? { vectors: image.vectors } : { width: image.width, height: image.height };
  return {
    ...{ file, sha256, ...size },
    views: named.map(({ patches, tokens }) => summarizeView(patches, tokens)),
    ...(second && { shared: sharedTokens(first!, second) }),
  };
}

function summarizeView(patches: readonly PatchTokens[], tokens: readonly SourceToken[]): ViewSummary {
  const mean = (name: "residual" | "negative"): Partial<ViewSummary> =>
    patches[0]?.[name] === undefined
      ? {}
      : { [name]: patches.reduce((sum, patch) => sum + patch[name]!, 0) / patches.length };
  return { tokens: heaviestTokens(addPatches(new Map(), patches), tokens), ...mean("residual"), ...mean("negative") };
}

/** The facts about one view. */
export function viewFacts(view: View): ViewFacts {
  const { name, lens, reason, tokens, from } = view;
  const settings = lens.by === "sparse" ? { ...lens.pursuit.settings } : {};
  return {
    adapter: name,
    by: lens.by,
    reason,
    settings,
    rows: tokens.length,
    vocabulary: from,
    weights: weightMeaning(view),
  };
}

/** What a reader must know about the figures, one line each. */
function notesOf({ views }: Pick<ExplainPlan, "views">): string[] {
  return views.flatMap(({ name, lens, adapter, tokens }) => {
    const isShared = adapter.decoding !== undefined && revealsShares(adapter.decoding);
    const width = (adapter.decoding?.matrix ?? adapter.matrix)?.hiddenSize;
    if (lens.by !== "weights" || isShared || width === undefined || tokens.length <= width) {
      return [];
    }
    return [
      `${name}: ${tokens.length} coefficients make a vector of ${width} numbers, so others make the same one: they need not name what is seen (--by sparse)`,
    ];
  });
}

import { readableToken } from "../vocabulary/readable-token.js";
import type { ExplainedEntry, ExplainedImage } from "./explain.js";
import type { PatchTokens } from "./patch-tokens.js";
import { isOfFeatures, type ExplainFeaturesPlan, type ExplainPlan, type View } from "./plan-explanation.js";
import type { ImageSummary } from "./explain-summary.js";
import { csvLine } from "../layout/csv.js";

/** Digits of a weight: float32 has seven, and the last ones differ from device to device. */
const DIGITS = 5;

const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

/** One line of patches.jsonl: an image, or an entry of a file of features, and the tokens of each of its patches. */
export function patchLine(
  image: ExplainedImage | ExplainedEntry,
  { shared }: ImageSummary,
  plan: ExplainPlan | ExplainFeaturesPlan,
): string {
  const columns = columnsOf(plan);
  const line = {
    ...described(image, plan),
    views: image.views.map(({ patches, classToken }, i) => {
      const view = plan.views[i]!;
      return {
        adapter: view.name,
        by: view.lens.by,
        patches: patches.map((patch, at) => ({
          x: at % columns,
          y: Math.floor(at / columns),
          ...tokensOf(patch, view),
        })),
        ...(classToken && { classToken: tokensOf(classToken, view) }),
      };
    }),
    ...(shared && { shared }),
  };
  return `${JSON.stringify(line)}\n`;
}

/** The vectors of an entry lie in one row. */
const columnsOf = (plan: ExplainPlan | ExplainFeaturesPlan): number =>
  isOfFeatures(plan) ? Infinity : plan.grid.columns;

function described(image: ExplainedImage | ExplainedEntry, plan: ExplainPlan | ExplainFeaturesPlan): object {
  const { file, sha256 } = image;
  if ("vectors" in image || isOfFeatures(plan)) return { file, sha256, vectors: image.views[0]!.patches.length };
  const { width, height, seen } = image;
  const { imageAspectRatio } = plan.preprocessing;
  return {
    ...{ file, sha256, width, height },
    seen: { width: seen.width, height: seen.height, imageAspectRatio },
    grid: plan.grid,
  };
}

function tokensOf({ tokens, residual, negative }: PatchTokens, view: View): object {
  return {
    tokens: tokens.map(({ row, weight }) => {
      const token = view.tokens[row]!;
      const { id } = token;
      const ids = view.ids?.[row] ?? (id === undefined ? [] : [id]);
      return { token: readableToken(token), row, ids, weight: rounded(weight) };
    }),
    ...(residual !== undefined && { residual: rounded(residual) }),
    ...(negative !== undefined && { negative: rounded(negative) }),
  };
}

/** The first line of patches.csv. */
export const CSV_HEADER = csvLine(["file", "adapter", "by", "column", "row", "rank", "token", "weight"]);

/** The lines of patches.csv for an image: one for each token of a patch; columns, rows and ranks count from 1. */
export function patchRows(
  { file, views }: ExplainedImage | ExplainedEntry,
  plan: ExplainPlan | ExplainFeaturesPlan,
): string {
  const columns = columnsOf(plan);
  const lines = views.flatMap(({ patches }, i) => {
    const view = plan.views[i]!;
    return patches.flatMap(({ tokens }, at) => {
      const place = [(at % columns) + 1, Math.floor(at / columns) + 1];
      return tokens.map(({ row, weight }, rank) =>
        csvLine([file, view.name, view.lens.by, ...place, rank + 1, readableToken(view.tokens[row]!), rounded(weight)]),
      );
    });
  });
  return lines.join("");
}

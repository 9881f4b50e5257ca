import { readableToken } from "../vocabulary/readable-token.js";
import type { ExplainedImage } from "./explain.js";
import type { PatchTokens } from "./patch-tokens.js";
import type { ExplainPlan, View } from "./plan-explanation.js";
import type { ImageSummary } from "./explain-summary.js";
import { csvLine } from "../layout/csv.js";

/** Digits of a weight: float32 has seven, and the last ones differ from device to device. */
const DIGITS = 5;

const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

/** One line of patches.jsonl: an image and the tokens of each of its patches. */
export function patchLine(image: ExplainedImage, { shared }: ImageSummary, plan: ExplainPlan): string {
  const { file, sha256, width, height, seen } = image;
  const { imageAspectRatio } = plan.preprocessing;
  const { columns } = plan.grid;
  const line = {
    ...{ file, sha256, width, height },
    seen: { width: seen.width, height: seen.height, imageAspectRatio },
    grid: plan.grid,
    views: image.views.map(({ patches, classToken }, i) => {
      const view = plan.views[i]!;
      return {
        adapter: view.name,
        by: view.lens.by,
        patches: patches.map((patch, at) => ({
          x: at % columns,
          y: Math.floor(at / columns),
          ...described(patch, view),
        })),
        ...(classToken && { classToken: described(classToken, view) }),
      };
    }),
    ...(shared && { shared }),
  };
  return `${JSON.stringify(line)}\n`;
}

function described({ tokens, residual, negative }: PatchTokens, view: View): object {
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
export function patchRows({ file, views }: ExplainedImage, plan: ExplainPlan): string {
  const { columns } = plan.grid;
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

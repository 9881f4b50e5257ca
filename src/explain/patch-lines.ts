import { readableToken } from "../vocabulary/readable-token.js";
import type { ExplainedImage } from "./explain.js";
import type { PatchTokens } from "./patch-tokens.js";
import type { ExplainPlan, View } from "./plan-explanation.js";
import type { ImageSummary } from "./explain-summary.js";

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

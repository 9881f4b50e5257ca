import type { ExplainSummary } from "../explain/summary.js";
import { headSection, imageSection } from "./explain-sections.js";
import { sectionsAsText } from "./sections.js";

/** Tokens of an image that a terminal shows. */
const LISTED = 8;

/** What was seen, for the terminal: at most 100 columns wide. */
export function explainText(summary: ExplainSummary, { colour = false } = {}): string {
  const { rows, columns } = summary.seen.grid;
  const images = summary.images.map((image) =>
    imageSection(image, { views: summary.views, patches: rows * columns, listed: LISTED }),
  );
  return sectionsAsText([headSection(summary), ...images], { colour });
}

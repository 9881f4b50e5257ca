import type { ExplainSummary } from "../explain-summary.js";
import { allSections, headSection, imageSection, patchesOf } from "./explain-sections.js";
import { sectionsAsText, type Section } from "../../layout/sections.js";
import { count } from "../../layout/numbers.js";

/** How many tokens of an image, and how many images, a terminal shows. */
const [LISTED, SHOWN] = [8, 20];

/** An explanation for the terminal: at most 100 columns wide. */
export function explainText(summary: ExplainSummary, { colour = false } = {}): string {
  const { views, seen } = summary;
  const images = summary.images
    .slice(0, SHOWN)
    .map((image) => imageSection(image, { views, patches: patchesOf(image, seen), listed: LISTED }));
  const sections = [headSection(summary), ...images, ...unshown(summary), ...allSections(summary, LISTED)];
  return sectionsAsText(sections, { colour });
}

function unshown({ images }: ExplainSummary): Section[] {
  if (images.length <= SHOWN) return [];
  const remark = `and ${count(images.length - SHOWN)} more images: index.html and patches.jsonl have them`;
  return [{ columns: [], rows: [], remarks: [remark] }];
}

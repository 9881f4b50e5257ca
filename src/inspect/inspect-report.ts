import type { Inspection } from "./inspect.js";
import type { Overlap } from "./overlap.js";
import { htmlPage, sectionsAsHtml } from "../layout/html.js";
import { inspectionSections } from "./inspect-sections.js";
import { overlapSections } from "./overlap-sections.js";
import { sectionsAsText, type Section } from "../layout/sections.js";
import { visible } from "../layout/table.js";

export type InspectResult = Inspection | Overlap;

const sectionsOf = (result: InspectResult): Section[] =>
  "union" in result ? overlapSections(result) : inspectionSections(result);

const titleOf = (result: InspectResult): string =>
  "union" in result ? `${visible(result.source.name)} -> ${visible(result.target.name)}` : visible(result.name);

/** What `inspect` found, as tables of at most 100 columns. */
export function inspectText(result: InspectResult, { colour = false } = {}): string {
  const [first, ...rest] = sectionsOf(result);
  const titled = first === undefined ? [] : [{ title: titleOf(result), ...first }];
  return sectionsAsText([...titled, ...rest], { colour });
}

/** The same as one HTML file. */
export const inspectHtml = (result: InspectResult): string =>
  htmlPage(`langbridge inspect: ${titleOf(result)}`, sectionsAsHtml(sectionsOf(result)));

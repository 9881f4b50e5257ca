import type { ExplainedEntry } from "../explain.js";
import { viewFacts, type ExplainSummary, type ImageSummary } from "../explain-summary.js";
import type { PatchTokens } from "../patch-tokens.js";
import type { ExplainFeaturesPlan, View } from "../plan-explanation.js";
import { escapeHtml, htmlPage, sectionsAsHtml } from "../../layout/html.js";
import { count, largestOf } from "../../layout/numbers.js";
import { visible } from "../../layout/table.js";
import { meanings } from "./explain-page.js";
import { allSections, headSection, imageSection } from "./explain-sections.js";
import { tokenLabel, weightLabel } from "./token-label.js";

/** Entries whose strips are drawn: one of 1,500 vectors takes some 0.2 MB. */
const MAX_DRAWN = 100;
/** How many tokens of an entry are listed, and how many of those get a strip. */
const [LISTED, STRIPS] = [15, 8];
/** Shades of a strip: one path each, so that one of many vectors stays small. */
const SHADES = 8;

const STYLE = `
figure { margin: .2rem 0; display: grid; grid-template-columns: 10rem 1fr; gap: .8rem; align-items: center }
figcaption { font-size: .85rem; overflow-wrap: anywhere } svg.strip { width: 100%; height: 1.2rem; background: #8882; display: block }
${Array.from({ length: SHADES }, (_, i) => {
  const opacity = ((i + 1) / SHADES).toFixed(3);
  return `.h${i + 1} { fill: #1f6fc4; fill-opacity: ${opacity} } .n${i + 1} { fill: #c4321f; fill-opacity: ${opacity} }`;
}).join("\n")}`;

/** Gathers the entries of an explanation of features, and makes its page, which runs no script: there are no pictures to point at. */
export interface FeaturesPage {
  add(entry: ExplainedEntry, summary: ImageSummary): void;
  finish(summary: ExplainSummary): string;
}

/** Begins the page. */
export function startFeaturesPage(plan: ExplainFeaturesPlan): FeaturesPage {
  const articles: string[] = [];
  const views = plan.views.map(viewFacts);
  return {
    add: (entry, summary) => {
      const options = { views, patches: entry.vectors, listed: LISTED };
      const { title, ...section } = imageSection(summary, options);
      const strips = articles.length < MAX_DRAWN ? plan.views.map((view, i) => stripsOf(entry, summary, view, i)) : [];
      articles.push(
        ["<article>", `<h2>${escapeHtml(title!)}</h2>`, ...strips, sectionsAsHtml([section]), "</article>"].join("\n"),
      );
    },
    finish: (summary) => {
      const head = headSection(summary);
      const undrawn = articles.length - MAX_DRAWN;
      const remarks = [
        ...(head.remarks ?? []),
        ...meanings(summary.views),
        "Tables have the sum of a token's weights over the vectors that show it. Ġ and ▁ are a space in front.",
        "A strip shows where a token is among the vectors, from the first to the last, darkest at the heaviest of the entry; red is below 0.",
        ...(undrawn > 0 ? [`${count(undrawn)} entries beyond the first ${count(MAX_DRAWN)} have no strips.`] : []),
      ];
      const title = `langbridge explain: ${summary.views.map(({ adapter }) => visible(adapter)).join(" and ")}`;
      const body = [sectionsAsHtml([{ ...head, remarks }, ...allSections(summary, LISTED)]), ...articles].join("\n");
      return htmlPage(title, body, { style: STYLE });
    },
  };
}

function stripsOf({ views }: ExplainedEntry, summary: ImageSummary, view: View, at: number): string {
  const { patches } = views[at]!;
  const largest = largestOf(patches.flatMap(({ tokens }) => tokens.map(({ weight }) => Math.abs(weight))));
  const strips = summary.views[at]!.tokens.slice(0, STRIPS).map(({ row, weight }) => {
    const label = escapeHtml(`${tokenLabel(view.tokens[row]!)} ${weightLabel(weight)}`);
    return `<figure><figcaption>${label}</figcaption>${strip(patches, row, largest, label)}</figure>`;
  });
  return `<p>${escapeHtml(visible(view.name))}</p>\n${strips.join("\n")}`;
}

/** Where a token is among the vectors: SVG, blue for weights above 0 and red below. */
function strip(patches: readonly PatchTokens[], row: number, largest: number, label: string): string {
  const cells = new Map<string, string>();
  patches.forEach(({ tokens }, x) => {
    const weight = tokens.find((token) => token.row === row)?.weight ?? 0;
    const shade = Math.ceil((SHADES * Math.abs(weight)) / largest);
    if (shade === 0) return;
    const name = `${weight < 0 ? "n" : "h"}${shade}`;
    cells.set(name, `${cells.get(name) ?? ""}M${x} 0h1v1h-1z`);
  });
  const paths = [...cells].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, d]) => `<path class="${name}" d="${d}"/>`);
  return `<svg class="strip" viewBox="0 0 ${patches.length} 1" preserveAspectRatio="none" role="img" aria-label="${label}">${paths.join("")}</svg>`;
}

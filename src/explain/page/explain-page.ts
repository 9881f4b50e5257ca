import type { ExplainedImage } from "../explain.js";
import type { PatchTokens } from "../patch-tokens.js";
import type { ExplainPlan, View } from "../plan-explanation.js";
import { viewFacts, type ExplainSummary, type ImageSummary, type ViewFacts } from "../explain-summary.js";
import type { TokenTotal } from "../token-totals.js";
import { encodePng } from "../../image/encode-png.js";
import { allSections, headSection, imageSection } from "./explain-sections.js";
import { HEAT_STYLE, heatMap } from "./heat-map.js";
import { escapeHtml, htmlPage, sectionsAsHtml } from "../../layout/html.js";
import { patchPicture, PICTURE_STYLE } from "./patch-picture.js";
import type { Section } from "../../layout/sections.js";
import { count, largestOf } from "../../layout/numbers.js";
import { visible } from "../../layout/table.js";
import { tokenLabel, weightLabel } from "./token-label.js";

/** Images drawn on the page: one of 576 patches takes some 0.4 MB, and browsers become slow beyond some 20 MB. */
export const MAX_PICTURES = 50;
/** How many tokens of an image are listed, and how many of those get a map. */
const [LISTED, MAPPED] = [15, 8];

const STYLE = `
body { max-width: 72rem }
article { margin: 2.5rem 0; content-visibility: auto; contain-intrinsic-size: auto 60rem }
.views { display: flex; flex-wrap: wrap; gap: 1rem } .views > div { flex: 1 1 26rem; min-width: 0 }
.maps { display: flex; flex-wrap: wrap; gap: .8rem; margin: .6rem 0 }
figure { margin: 0; width: 7rem; font-size: .8rem } figcaption { overflow-wrap: anywhere }
svg.map { width: 100%; background: #8882; display: block }
h3 { font-size: .95rem; margin: .5rem 0 }
${PICTURE_STYLE}
${HEAT_STYLE}`;

/** One image of the page: its picture under the patches, maps of its heaviest tokens, and their table. */
export async function imageArticle(
  image: ExplainedImage,
  summary: ImageSummary,
  plan: ExplainPlan,
  number: number,
): Promise<string> {
  const { width, height } = image.seen;
  const data = Buffer.from(await encodePng(image.seen)).toString("base64");
  // The second adapter sees the same picture. The page holds it once, and a copy by <use> keeps its attributes.
  const whole = `<image id="picture-${number}" image-rendering="pixelated" width="${width}" height="${height}" href="data:image/png;base64,${data}"/>`;
  const drawn = plan.views.map((view, i) =>
    viewBlock(
      image,
      { plan, view, tokens: summary.views[i]!.tokens },
      i === 0 ? whole : `<use href="#picture-${number}"/>`,
    ),
  );
  const { title, ...section } = tableOf(summary, plan);
  return [
    `<article><h2>${escapeHtml(title!)}</h2>`,
    `<div class="views">${drawn.join("\n")}</div>`,
    sectionsAsHtml([section]),
    "</article>",
  ].join("\n");
}

/** The table alone, for images beyond those that are drawn. */
export const imageTable = (summary: ImageSummary, plan: ExplainPlan): string =>
  sectionsAsHtml([tableOf(summary, plan)]);

function tableOf(summary: ImageSummary, { views, grid }: ExplainPlan): Section {
  return imageSection(summary, { views: views.map(viewFacts), patches: grid.rows * grid.columns, listed: LISTED });
}

interface Drawn {
  readonly plan: ExplainPlan;
  readonly view: View;
  readonly tokens: readonly TokenTotal[];
}

function viewBlock({ seen, views }: ExplainedImage, { plan, view, tokens }: Drawn, picture: string): string {
  const { patches, classToken } = views[plan.views.findIndex((one) => one === view)]!;
  const largest = largestOf(patches.flatMap((patch) => patch.tokens.map(({ weight }) => Math.abs(weight))));
  const maps = tokens
    .slice(0, MAPPED)
    .map(({ row, weight }) =>
      heatMap(patches, plan.grid, { row, largest, label: `${tokenLabel(view.tokens[row]!)} ${weightLabel(weight)}` }),
    );
  return [
    `<div><h3>${escapeHtml(visible(view.name))}</h3>`,
    patchPicture(patches, { size: seen, grid: plan.grid, view, picture }),
    ...(classToken ? [`<p>class token: ${escapeHtml(listed(classToken, view))}</p>`] : []),
    `<div class="maps">${maps.join("")}</div></div>`,
  ].join("\n");
}

const listed = ({ tokens }: PatchTokens, view: View): string =>
  tokens.map(({ row, weight }) => `${tokenLabel(view.tokens[row]!)} ${weightLabel(weight)}`).join(", ");

/** What the weights mean, said once where all views have the same. */
function meanings(views: readonly ViewFacts[]): string[] {
  const [first, second] = views.map(({ weights }) => weights);
  if (second === undefined || second === first) return [`A weight is ${first}.`];
  return views.map(({ adapter, weights }) => `A weight of ${visible(adapter)} is ${weights}.`);
}

/** The page of an explanation, of the articles and tables of its images. */
export function explainPage(summary: ExplainSummary, images: readonly string[]): string {
  const undrawn = summary.images.length - MAX_PICTURES;
  const head = headSection(summary);
  const remarks = [
    ...(head.remarks ?? []),
    ...meanings(summary.views),
    ...(summary.options.contrast
      ? ["Shown of it is what is above its mean over the patches of the image, less that mean."]
      : []),
    "Tables and the labels of maps have the sum of a token's weights over the patches that show it. Ġ and ▁ are a space in front.",
    "Point at a patch for all of its tokens, also where none fits into it. Maps show where a token is among those of a patch, darkest at the heaviest of the image; red is below 0.",
    ...(undrawn > 0
      ? [`${count(undrawn)} images beyond the first ${count(MAX_PICTURES)} are not drawn; patches.jsonl has them.`]
      : []),
  ];
  const title = `langbridge explain: ${summary.views.map(({ adapter }) => visible(adapter)).join(" and ")}`;
  return htmlPage(
    title,
    [sectionsAsHtml([{ ...head, remarks }, ...allSections(summary, LISTED)]), ...images].join("\n"),
    { style: STYLE },
  );
}

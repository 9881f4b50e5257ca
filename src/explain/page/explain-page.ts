import type { ExplainedImage, SeenPatches } from "../explain.js";
import type { PatchTokens } from "../patch-tokens.js";
import type { ExplainPlan, View } from "../plan-explanation.js";
import { viewFacts, type ExplainSummary, type ImageSummary, type ViewFacts } from "../explain-summary.js";
import { allSections, headSection, imageSection } from "./explain-sections.js";
import type { ExplainPageData, PageImage, PagePatches } from "./page-data.js";
import { tokenLabel } from "./token-label.js";
import { pagePicture } from "../../image/page-picture.js";
import { escapeHtml, sectionsAsHtml } from "../../layout/html.js";
import { count } from "../../layout/numbers.js";
import type { Section } from "../../layout/sections.js";
import { printable, visible } from "../../layout/table.js";
import { interactivePage, packedBlock } from "../../pages/interactive-page.js";

/** Pictures shown on the page: at some 60 kB each with its patches, browsers open this many at once. */
const MAX_PICTURES = 500;

/** How many tokens of an image the table lists. */
const LISTED = 15;

/** Gathers the pictures of an explanation, and makes its page. */
export interface ExplainPage {
  add(image: ExplainedImage, summary: ImageSummary): Promise<void>;
  finish(summary: ExplainSummary): Promise<string>;
}

/** Begins the page; pictures beyond `most` have their tables there alone. */
export function startExplainPage(plan: ExplainPlan, { most = MAX_PICTURES } = {}): ExplainPage {
  const articles: string[] = [];
  const images: PageImage[] = [];
  const labels = plan.views.map((view) => new LabelTable(view));
  return {
    add: async (image, summary) => {
      const { title, ...section } = tableOf(summary, plan);
      const isShown = images.length < most;
      const shown = isShown ? [await shownPicture(image, labels)] : [];
      if (isShown) images.push(imageOf(image, section.remarks ?? []));
      articles.push(
        ["<article>", `<h2>${escapeHtml(title!)}</h2>`, ...shown, sectionsAsHtml([section]), "</article>"].join("\n"),
      );
    },
    finish: (summary) => {
      const head = headSection(summary);
      const remarks = [...(head.remarks ?? []), ...remarksOf(summary, most)];
      const title = `langbridge explain: ${summary.views.map(({ adapter }) => visible(adapter)).join(" and ")}`;
      const views = plan.views.map(({ name }, i) => ({ adapter: visible(name), tokens: labels[i]!.labels }));
      const { rows, columns, patchSize } = plan.grid;
      const data: ExplainPageData = { remarks, views, grid: { rows, columns, patchSize }, images };
      const still = sectionsAsHtml([{ ...head, remarks }, ...allSections(summary, LISTED)]);
      return interactivePage({ kind: "explain", title, data, body: [still, ...articles].join("\n") });
    },
  };
}

/** Tokens of a view in the order in which patches first show them. */
class LabelTable {
  readonly labels: string[] = [];
  private readonly places = new Map<number, number>();
  constructor(private readonly view: View) {}

  placeOf(row: number): number {
    const known = this.places.get(row);
    if (known !== undefined) return known;
    this.places.set(row, this.labels.length);
    return this.labels.push(tokenLabel(this.view.tokens[row]!)) - 1;
  }
}

/** The picture, for a page without JavaScript too, and its patches for the script. */
async function shownPicture({ seen, views, file }: ExplainedImage, labels: readonly LabelTable[]): Promise<string> {
  const patches = views.map((ofView, i) => pagePatches(ofView, labels[i]!));
  const size = `width="${seen.width}" height="${seen.height}"`;
  const picture = `<img class="seen" ${size} loading="lazy" alt="${escapeHtml(printable(file))}" src="${await pagePicture(seen)}">`;
  return `${picture}\n${packedBlock("patches", patches)}`;
}

function pagePatches({ patches, classToken }: SeenPatches, labels: LabelTable): PagePatches {
  const places = ({ tokens }: PatchTokens): number[] => tokens.map(({ row }) => labels.placeOf(row));
  const weights = ({ tokens }: PatchTokens): number[] => tokens.map(({ weight }) => thousandths(weight));
  return {
    counts: patches.map(({ tokens }) => tokens.length),
    tokens: patches.flatMap(places),
    weights: patches.flatMap(weights),
    ...(patches[0]?.residual !== undefined && { residuals: patches.map(({ residual }) => thousandths(residual!)) }),
    ...(classToken && { classToken: { tokens: places(classToken), weights: weights(classToken) } }),
  };
}

/** Tables and pages show two decimals; a third one keeps small weights apart. */
const thousandths = (value: number): number => Math.round(1000 * value);

function imageOf({ file, width, height, seen }: ExplainedImage, facts: readonly string[]): PageImage {
  return { file: printable(file), width, height, seen: { width: seen.width, height: seen.height }, facts };
}

function tableOf(summary: ImageSummary, { views, grid }: ExplainPlan): Section {
  return imageSection(summary, { views: views.map(viewFacts), patches: grid.rows * grid.columns, listed: LISTED });
}

function remarksOf({ views, options, images }: ExplainSummary, most: number): string[] {
  const unshown = images.length - most;
  return [
    ...meanings(views),
    ...(options.contrast
      ? ["Shown of it is what is above its mean over the patches of the image, less that mean."]
      : []),
    "Tables have the sum of a token's weights over the patches that show it. Ġ and ▁ are a space in front.",
    "patches.csv and patches.jsonl, beside this page, have every patch of every picture.",
    ...(unshown > 0
      ? [`${count(unshown)} pictures beyond the first ${count(most)} are not shown, only their tables.`]
      : []),
  ];
}

/** What the weights mean, said once where all views have the same. */
export function meanings(views: readonly ViewFacts[]): string[] {
  const [first, second] = views.map(({ weights }) => weights);
  if (second === undefined || second === first) return [`A weight is ${first}.`];
  return views.map(({ adapter, weights }) => `A weight of ${visible(adapter)} is ${weights}.`);
}

import type { ExplainSummary, ImageSummary, ViewFacts, ViewSummary } from "../explain-summary.js";
import type { SharedTokens } from "../shared-tokens.js";
import type { TokenTotal } from "../token-totals.js";
import type { Section } from "../../layout/sections.js";
import { count, percent } from "../../layout/numbers.js";
import { printable, visible, right } from "../../layout/table.js";
import { weightLabel } from "./token-label.js";

/** How the tokens were found, and what a reader must know about the figures. */
export function headSection({ views, seen, options, shared, warnings, notes }: ExplainSummary): Section {
  return {
    columns: [],
    rows: [],
    remarks: [
      ...views.map(viewLine),
      `${seenLine(seen)}, up to ${options.top} tokens each${options.contrast ? ", less what the mean patch of the image has" : ""}`,
      ...(shared ? [sharedLine(shared, views)] : []),
      ...warnings.map((warning) => `warning: ${warning}`),
      ...notes,
    ],
  };
}

function seenLine(seen: ExplainSummary["seen"]): string {
  if ("features" in seen) return `vectors of ${seen.width} numbers from ${printable(seen.features)}`;
  const { rows, columns, patchSize } = seen.grid;
  return `${columns} x ${rows} patches of ${patchSize} pixels`;
}

/** `paper-0 by sparse, k 4: asked for; 448 rows, mm_vocab.json`. */
function viewLine({ adapter, by, reason, settings, rows, vocabulary }: ViewFacts): string {
  const given = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  return `${visible(adapter)} by ${[by, ...given].join(", ")}: ${reason}; ${count(rows)} rows, ${vocabulary}`;
}

function sharedLine({ ofFirst, ofSecond, byChance }: SharedTokens, views: readonly ViewFacts[]): string {
  const [first, second] = views.map(({ adapter }) => visible(adapter));
  return `shared: of the weight that ${first} shows, ${percent(ofFirst)} lies on tokens that ${second} shows for the same patch, and ${percent(ofSecond)} the other way round; for a patch drawn by lot it would be ${percent(byChance)}`;
}

export interface TableOptions {
  readonly views: readonly ViewFacts[];
  /** Patches of an image, or vectors of an entry. */
  readonly patches: number;
  /** Tokens listed. */
  readonly listed: number;
}

/** The heaviest tokens of one image, those of two adapters side by side. */
export function imageSection(image: ImageSummary, options: TableOptions): Section {
  const { file, width, height, vectors, shared } = image;
  const tokens = image.views.map((view) => view.tokens);
  return {
    title: `${printable(file)}  ${vectors === undefined ? `${width} x ${height}` : `${count(vectors)} vectors`}`,
    ...tokenTable(tokens, options),
    remarks: [
      ...image.views.flatMap((view, i) => facts(view, options.views[i]!)),
      ...(shared ? [shortSharedLine(shared)] : []),
    ],
  };
}

/** The same over all images, where there are several. */
export function allSections({ images, tokens, views, seen }: ExplainSummary, listed: number): Section[] {
  if (images.length < 2) return [];
  const patches = images.reduce((sum, image) => sum + patchesOf(image, seen), 0);
  return [
    {
      title: `all ${count(images.length)} ${"features" in seen ? "entries" : "images"}`,
      ...tokenTable(tokens, { views, patches, listed }),
    },
  ];
}

/** How many patches an image has, or vectors an entry. */
export const patchesOf = ({ vectors }: ImageSummary, seen: ExplainSummary["seen"]): number =>
  "features" in seen ? vectors! : seen.grid.rows * seen.grid.columns;

function tokenTable(
  lists: readonly (readonly TokenTotal[])[],
  { views, patches, listed }: TableOptions,
): Pick<Section, "columns" | "rows"> {
  const columns = views.flatMap(({ adapter }) => [
    { header: views.length > 1 ? visible(adapter) : "token" },
    right("weight"),
    right("patches"),
  ]);
  const cells = (token: TokenTotal | undefined): string[] =>
    token === undefined
      ? ["", "", ""]
      : [visible(token.token), weightLabel(token.weight), `${count(token.patches)} of ${count(patches)}`];
  const longest = Math.min(listed, Math.max(...lists.map((tokens) => tokens.length)));
  return { columns, rows: Array.from({ length: longest }, (_, i) => lists.flatMap((tokens) => cells(tokens[i]))) };
}

/** The short form of `sharedLine`, which explains it. */
const shortSharedLine = ({ ofFirst, ofSecond, byChance }: SharedTokens): string =>
  `shared: ${percent(ofFirst)} and ${percent(ofSecond)}, by chance ${percent(byChance)}`;

function facts({ residual, negative }: ViewSummary, { adapter }: ViewFacts): string[] {
  const name = visible(adapter);
  return [
    ...(residual === undefined
      ? []
      : [`${name}: mean residual ${weightLabel(residual)}, of patch vectors of length 1`]),
    ...(negative === undefined ? [] : [`${name}: ${percent(negative)} of the size of the coefficients is negative`]),
  ];
}

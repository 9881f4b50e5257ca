import { someOf } from "../layout/some-of.js";
import type { TransferProvenance } from "../adapter/config.js";
import type { AdapterDescription, MatrixDescription } from "./describe-adapter.js";
import type { Summary } from "../tensor/summary.js";
import type { Section } from "../layout/sections.js";
import { count } from "../layout/numbers.js";
import { visible } from "../layout/table.js";

/** How many row numbers are named of a set of odd rows. */
const NAMED_ROWS = 8;

/** What an adapter holds, for the terminal and for HTML. */
export function adapterSections(adapter: AdapterDescription): Section[] {
  const { head, matrix, decodeMatrix, provenance } = adapter;
  const facts: (readonly [string, string] | undefined)[] = [
    ["adapter", `${adapter.name}: ${adapter.kind}, ${adapter.dtype}, ${count(adapter.parameters)} parameters`],
    [
      "sizes",
      [
        `vision ${adapter.visionHiddenSize}`,
        ...(adapter.mlpHiddenSize === undefined ? [] : [`hidden ${adapter.mlpHiddenSize}`]),
        ...(head ? [`${count(head.rows)} rows`] : []),
      ].join(", "),
    ],
    head && ["rows stand for", head.vocabulary ?? "unknown: no vocabulary file here (--vocab)"],
    head && ["head norms", norms(head.norms)],
    ...oddRows("head", head),
    matrix && [
      "matrix",
      `${count(matrix.rows)} x ${count(matrix.hiddenSize)}, ${matrix.dtype}, norms ${norms(matrix.norms)}`,
    ],
    ...oddRows("matrix", matrix),
    provenance && ["made for", `${provenance.target.name}, by langbridge ${provenance.tool_version}`],
    provenance && ["aligned by", alignText(provenance)],
    provenance?.missing === undefined ? undefined : ["missing tokens", provenance.missing],
    decodeMatrix && [
      "decodes with",
      `${count(decodeMatrix.rows)} x ${count(decodeMatrix.hiddenSize)}, ${decodeMatrix.dtype}, norms ${norms(decodeMatrix.norms)}`,
    ],
    provenance && ["from adapter", provenance.source_adapter_sha256],
    provenance && ["rows hash", provenance.target.rows_sha256],
  ];
  const section = { columns: [{ header: "" }, { header: "" }], rows: facts.filter((fact) => fact !== undefined) };
  return head === undefined ? [section] : [section, heaviestSection(head.heaviest)];
}

/** `sparse, k 4`. */
function alignText({ align, align_settings: settings = {} }: TransferProvenance): string {
  return [align, ...Object.entries(settings).map(([name, value]) => `${name} ${value}`)].join(", ");
}

function heaviestSection(heaviest: readonly { row: number; token: string; mass: number }[]): Section {
  return {
    columns: [
      { header: "row", align: "right" },
      { header: "heaviest token of the head" },
      { header: "mass", align: "right" },
    ],
    rows: heaviest.map(({ row, token, mass }) => [String(row), visible(token), { share: mass }]),
  };
}

function oddRows(
  name: string,
  rows: Pick<MatrixDescription, "notFinite" | "zeroRows"> | undefined,
): (readonly [string, string])[] {
  if (rows === undefined) return [];
  return [
    ...(rows.notFinite.length > 0 ? [[`${name} NaN rows`, countedRows(rows.notFinite)] as const] : []),
    ...(rows.zeroRows.length > 0 ? [[`${name} zero rows`, countedRows(rows.zeroRows)] as const] : []),
  ];
}

const countedRows = (rows: readonly number[]): string =>
  `${count(rows.length)}: ${someOf(rows.map(String), NAMED_ROWS)}`;

function norms({ min, median, max }: Summary): string {
  return `${min.toPrecision(3)} to ${max.toPrecision(3)}, median ${median.toPrecision(3)}`;
}

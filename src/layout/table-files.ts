import { cellText, type Section } from "./sections.js";
import { printable } from "./table.js";

type Table = Pick<Section, "columns" | "rows" | "remarks">;

/** A table as Markdown, as GitHub and the Hugging Face hub show it, with the remarks below it. */
export function markdownTable({ columns, rows, remarks = [] }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const escaped = (text: string): string => printable(text).replaceAll(/[\\|`*_<>[\]]/g, "\\$&");
  return [
    line(columns.map(({ header }) => escaped(header))),
    line(columns.map(({ align }) => (align === "right" ? "--:" : "---"))),
    ...rows.map((row) => line(row.map((cell) => escaped(cellText(cell))))),
    ...remarks.flatMap((remark) => ["", escaped(remark)]),
    "",
  ].join("\n");
}

/** Characters that LaTeX reads as commands. */
const LATEX: Readonly<Record<string, string>> = {
  ...Object.fromEntries([..."&%$#_{}"].map((character) => [character, `\\${character}`])),
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
};

/** A table as LaTeX's tabular with the rules of the package booktabs, and the remarks as comments. */
export function latexTable({ columns, rows, remarks = [] }: Table): string {
  const escaped = (text: string): string => printable(text).replaceAll(/[&%$#_{}\\~^<>]/g, (found) => LATEX[found]!);
  const line = (cells: readonly string[]): string => `${cells.map(escaped).join(" & ")} \\\\`;
  return [
    ...remarks.map((remark) => `% ${printable(remark)}`),
    `\\begin{tabular}{${columns.map(({ align }) => (align === "right" ? "r" : "l")).join("")}}`,
    "\\toprule",
    line(columns.map(({ header }) => header)),
    "\\midrule",
    ...rows.map((row) => line(row.map(cellText))),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

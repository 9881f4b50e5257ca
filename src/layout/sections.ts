import { percent } from "./numbers.js";
import { formatTable, printable, wrap, type Column } from "./table.js";

/** A share prints as percent; in HTML it has a bar too. */
export type Cell = string | { readonly share: number };

/** One table of a report with its heading; what the terminal and HTML both show. */
export interface Section {
  readonly title?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Sentences below the table. */
  readonly remarks?: readonly string[];
}

export const cellText = (cell: Cell): string => (typeof cell === "string" ? cell : percent(cell.share));

/** Sections for the terminal; colours only where asked for. */
export function sectionsAsText(sections: readonly Section[], { colour = false } = {}): string {
  const bold = (text: string): string => (colour ? `\x1b[1m${text}\x1b[22m` : text);
  return sections
    .map(({ title, columns, rows, remarks = [] }) => {
      const table =
        rows.length > 0
          ? [
              formatTable(
                columns,
                rows.map((row) => row.map(cellText)),
              ),
            ]
          : [];
      return [...(title === undefined ? [] : [bold(printable(title))]), ...table, ...remarks.map(wrap)].join("\n");
    })
    .join("\n\n");
}

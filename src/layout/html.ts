import { cellText, type Cell, type Section } from "./sections.js";
import type { Column } from "./table.js";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML text or attribute value: `<script>` is a token of real vocabularies. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: #1a1a1a }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #e4e4e4; overflow-wrap: anywhere }
th { font-weight: 600; color: #555 } .right { text-align: right; font-variant-numeric: tabular-nums }
td .bar { display: block; fill: #4c78a8 }
p { margin: .4rem 0; color: #444 }
@media (prefers-color-scheme: dark) {
  body { background: #181818; color: #e6e6e6 } th, p { color: #aaa } th, td { border-color: #333 }
}`;

/**
 * A page that needs no other file and runs no script. `body` is HTML: everything in it that comes from files must have gone
 * through `escapeHtml`. `style` is further CSS for this page alone.
 */
export function htmlPage(title: string, body: string, { style = "" }: { readonly style?: string } = {}): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,
    `<title>${escapeHtml(title)}</title>`,
    `<style>${STYLE}${style}\n</style>`,
    `<h1>${escapeHtml(title)}</h1>`,
    body,
    "</html>",
    "",
  ].join("\n");
}

/** The sections of a report as HTML. */
export function sectionsAsHtml(sections: readonly Section[]): string {
  return sections.map(sectionAsHtml).join("\n");
}

function sectionAsHtml({ title, columns, rows, remarks = [] }: Section): string {
  const head = columns.some(({ header }) => header !== "")
    ? `<thead><tr>${columns.map((column) => `<th${className(column)}>${escapeHtml(column.header)}</th>`).join("")}</tr></thead>`
    : "";
  const body = rows.map((row) => `<tr>${row.map((cell, i) => cellAsHtml(cell, columns[i]!)).join("")}</tr>`).join("\n");
  return [
    ...(title === undefined ? [] : [`<h2>${escapeHtml(title)}</h2>`]),
    ...(rows.length > 0 ? [`<table>${head}<tbody>`, body, "</tbody></table>"] : []),
    ...remarks.map((remark) => `<p>${escapeHtml(remark)}</p>`),
  ].join("\n");
}

function cellAsHtml(cell: Cell, column: Column): string {
  const bar =
    typeof cell === "string" || cell.share === 0
      ? ""
      : `<svg class="bar" width="100%" height="5"><rect width="${(100 * cell.share).toFixed(1)}%" height="5"/></svg>`;
  return `<td${className(column)}>${escapeHtml(cellText(cell))}${bar}</td>`;
}

const className = ({ align }: Column): string => (align === "right" ? ' class="right"' : "");

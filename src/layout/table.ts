import stringWidth from "string-width";
import { printable } from "../printable.js";
import { largestOf } from "./numbers.js";

export { printable };

/** Widest table printed: what a default terminal and a README show without wrapping. */
export const TABLE_WIDTH = 100;

const GAP = "  ";

/** The indent of the further lines of a broken sentence. */
const WRAPPED_INDENT = "  ";

export interface Column {
  readonly header: string;
  /** Numbers are aligned to the right, so that their digits are below each other. */
  readonly align?: "left" | "right";
}

/** A column of numbers. */
export const right = (header: string): Column => ({ header, align: "right" });

/**
 * Lays out rows of text in columns, at most TABLE_WIDTH wide: the widest left-aligned columns are cut with "…" where that
 * is needed. Cells are made printable. Widths are those of a terminal: CJK and emoji take two cells.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const hasHeader = columns.some(({ header }) => header !== "");
  const lines = [...(hasHeader ? [columns.map(({ header }) => header)] : []), ...rows].map((line) =>
    line.map(printable),
  );
  const widths = fitWidths(columns, lines);
  const text = lines.map((line) =>
    line
      .map((cell, i) => pad(cell, widths[i]!, columns[i]!.align))
      .join(GAP)
      .trimEnd(),
  );
  if (hasHeader) text.splice(1, 0, widths.map((width) => "─".repeat(width)).join(GAP));
  return text.join("\n");
}

function fitWidths(columns: readonly Column[], lines: readonly (readonly string[])[]): number[] {
  const widths = columns.map((_, i) => largestOf(lines.map((line) => stringWidth(line[i] ?? ""))));
  const excess = widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1)) - TABLE_WIDTH;
  // Takes cells from the widest column, one by one, so that two long columns share the loss.
  for (let left = excess; left > 0; left--) {
    const flexible = columns.map(({ align }, i) => (align === "right" ? 0 : widths[i]!));
    const widest = flexible.indexOf(Math.max(...flexible));
    widths[widest] = Math.max(1, widths[widest]! - 1);
  }
  return widths;
}

function pad(cell: string, width: number, align: Column["align"]): string {
  const fitted = fit(cell, width);
  const space = " ".repeat(width - stringWidth(fitted));
  return align === "right" ? space + fitted : fitted + space;
}

/** Text of at most `width` cells, 1 or more: what is wider is cut between characters and ends in "…". */
export function fit(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** A token as a terminal can show it: printable, with visible spaces, so that " the" and "the" look different. */
export const visible = (text: string): string => printable(text).replaceAll(" ", "␣");

/** A sentence, made printable. It is broken at spaces where it is wider than a table; a longer word stays whole. */
export function wrap(sentence: string): string {
  const line = printable(sentence);
  if (stringWidth(line) <= TABLE_WIDTH) return line;
  const lines: string[] = [];
  for (const word of line.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || stringWidth(last) + 1 + stringWidth(word) > TABLE_WIDTH - WRAPPED_INDENT.length)
      lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join(`\n${WRAPPED_INDENT}`);
}

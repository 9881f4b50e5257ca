// The table of README: what each method keeps, on the pairs that chose its settings and on those it is reported on.
const percent = (share) => (100 * share).toFixed(1);
const range = ({ value, interval }) => `${percent(value)} (${interval.map(percent).join(" to ")})`;
const setting = ([name, value]) =>
  name === "wordsPerWidth"
    ? `words ${value} x width`
    : value === true
      ? name
      : value === false
        ? undefined
        : `${name} ${value}`;

/** Markdown, one row a method. */
export function markdownTable({ reporting, choosing, ordinary, chosen }) {
  const rows = Object.entries(reporting).map(([name, { right, kept, ofBound }]) => {
    const settings = Object.entries(chosen[name]?.settings ?? {}).flatMap((entry) => setting(entry) ?? []);
    const projector = ordinary[name] === undefined ? "" : range(ordinary[name].kept);
    const cells = [settings.join(", "), percent(right.value), range(kept), percent(ofBound.value)];
    return [name, ...cells, percent(choosing[name].kept.value), projector];
  });
  const header = [
    ...["method", "settings", "right", "kept above blind", "of the upper bound"],
    ...["kept on the choosing pairs", "mlp2x_gelu: kept"],
  ];
  return markdownOf(header, rows);
}

/** A header and rows of as many cells as Markdown. */
export function markdownOf(header, rows) {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

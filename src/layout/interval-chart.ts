import { escapeHtml } from "./html.js";
import { largestOf } from "./numbers.js";

/** A share with its interval, each from 0 to 1. */
export interface ChartPoint {
  readonly value: number;
  readonly interval: readonly [number, number];
}

export interface ChartRow {
  readonly label: string;
  /** The points of a row are those of the same series, one below the other. */
  readonly points: readonly ChartPoint[];
}

export interface ChartOptions {
  /** What the chart shows, for a reader who does not see it. */
  readonly label: string;
  /** Names of the series, as many as each row has points; the page's style gives them their colours. */
  readonly series: readonly string[];
}

/** Sizes in units of the picture: the place of labels, of the scale and of figures, the height of a point and the room between rows. */
const [LABELS, SCALE, FIGURES, POINT, GAP] = [180, 400, 150, 16, 8];

/** The scale has five ticks; it is at least this long, so that small differences stay small. */
const LEAST_SCALE = 0.2;

/** The ends of the scale: tenths around all intervals. */
function scaleOf(rows: readonly ChartRow[]): readonly [number, number] {
  const ends = rows.flatMap(({ points }) => points.flatMap(({ interval }) => interval));
  const high = Math.min(1, Math.ceil(10 * largestOf(ends)) / 10);
  const low = Math.max(
    0,
    Math.min(Math.floor(10 * (1 - largestOf(ends.map((end) => 1 - end)))) / 10, high - LEAST_SCALE),
  );
  return [low, Math.max(high, low + LEAST_SCALE)];
}

/** Shares with their intervals on a scale in percent, as SVG in a box that scrolls where it is too narrow. */
export function intervalChart(rows: readonly ChartRow[], { label, series }: ChartOptions): string {
  const rowHeight = series.length * POINT + GAP;
  const height = 24 + rows.length * rowHeight + 18;
  const [first, last] = scaleOf(rows);
  const x = (share: number): string => (LABELS + ((share - first) / (last - first)) * SCALE).toFixed(1);
  const legend = series.map(
    (name, at) =>
      `<circle class="series-${at}" cx="${LABELS + at * 170}" cy="9" r="4"/><text x="${LABELS + 10 + at * 170}" y="13">${escapeHtml(name)}</text>`,
  );
  const bottom = 24 + rows.length * rowHeight;
  const ticks = [0, 0.25, 0.5, 0.75, 1]
    .map((part) => first + part * (last - first))
    .map(
      (share) =>
        `<line class="tick" x1="${x(share)}" x2="${x(share)}" y1="22" y2="${bottom}"/><text class="middle" x="${x(share)}" y="${bottom + 14}">${Number((100 * share).toFixed(1))} %</text>`,
    );
  const drawn = rows.map(({ label: name, points }, row) => {
    const top = 24 + row * rowHeight;
    const marks = points.map(({ value, interval: [low, high] }, at) => {
      const y = top + at * POINT + POINT / 2;
      const figure = `${(100 * value).toFixed(1)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
      return (
        `<line class="series-${at}" x1="${x(low)}" x2="${x(high)}" y1="${y}" y2="${y}"/>` +
        `<circle class="series-${at}" cx="${x(value)}" cy="${y}" r="3"/>` +
        `<text x="${LABELS + SCALE + 14}" y="${y + 4}">${figure}</text>`
      );
    });
    return `<text class="end" x="${LABELS - 12}" y="${top + (series.length * POINT) / 2 + 4}">${escapeHtml(name)}</text>${marks.join("")}`;
  });
  const width = LABELS + SCALE + FIGURES;
  return `<div class="chart-box" tabindex="0" role="group" aria-label="Chart"><svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${[...legend, ...ticks, ...drawn].join("\n")}</svg></div>`;
}

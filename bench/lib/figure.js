// Draws what `bench/zero-shot.js` measured: bars of what each method keeps, and how it depends on its settings.
const [WIDTH, HEIGHT] = [960, 430];
const BAR = { left: 150, top: 40, right: 470, step: 34 };
const PLOT = { left: 560, top: 40, width: 360, height: 150, gap: 60 };
const INK = "#1f2933";
const COLOURS = ["#1b6ca8", "#d1495b", "#3a7d44", "#8d6a9f", "#b7791f"];

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const text = (x, y, content, more = "") => `<text x="${x}" y="${y}" ${more}>${escape(content)}</text>`;
const line = (x1, y1, x2, y2, more = "") =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" ${more}/>`;

/** The SVG text: left the reporting pairs, right what was tried on the choosing pairs. */
export function drawFigure({ reporting, chosen }) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...drawBars(reporting),
    ...drawTried(chosen),
    "</svg>\n",
  ].join("\n");
}

function drawBars(reporting) {
  const x = (share) => BAR.left + Math.max(0, share) * (BAR.right - BAR.left);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const entries = Object.entries(reporting);
  const bottom = BAR.top + entries.length * BAR.step;
  return [
    text(20, 22, "kept of the source above blind, untuned, on the reporting pairs", 'font-weight="600"'),
    ...ticks.map((tick) => line(x(tick), BAR.top, x(tick), bottom, 'stroke="#d9e2ec"')),
    ...ticks.map((tick) => text(x(tick), bottom + 16, `${100 * tick} %`, 'text-anchor="middle"')),
    ...entries.flatMap(([name, { kept }], i) => {
      const y = BAR.top + i * BAR.step + BAR.step / 2;
      const [low, high] = kept.interval;
      return [
        text(BAR.left - 8, y + 4, name, 'text-anchor="end"'),
        `<rect x="${x(0)}" y="${y - 9}" width="${(x(kept.value) - x(0)).toFixed(1)}" height="18" fill="${COLOURS[0]}"/>`,
        line(x(low), y, x(high), y, `stroke="${INK}" stroke-width="2"`),
        text(x(Math.max(high, kept.value)) + 6, y + 4, (100 * kept.value).toFixed(0)),
      ];
    }),
  ];
}

/** One panel for each method that has two settings to choose: kept against the first, a curve for each value of the second. */
function drawTried(chosen) {
  const panels = [
    ["sparse", "k", "words"],
    ["soft", "temperature", "words"],
  ].filter(([name]) => chosen[name]?.tried.length > 0);
  return panels.flatMap(([name, horizontal, series], i) =>
    drawPanel(chosen[name].tried, { name, horizontal, series, top: PLOT.top + i * (PLOT.height + PLOT.gap) }),
  );
}

function drawPanel(tried, { name, horizontal, series, top }) {
  const places = [...new Set(tried.map(({ settings }) => settings[horizontal]))].sort((a, b) => a - b);
  const x = (value) => PLOT.left + (places.indexOf(value) / Math.max(1, places.length - 1)) * PLOT.width;
  const y = (share) => top + (1 - Math.min(1, Math.max(0, share))) * PLOT.height;
  const curves = [...new Set(tried.map(({ settings }) => settings[series]))];
  return [
    text(PLOT.left, top - 18, `${name}: kept on the choosing pairs, by ${horizontal}`, 'font-weight="600"'),
    ...[0, 0.5, 1].flatMap((tick) => [
      line(PLOT.left, y(tick), PLOT.left + PLOT.width, y(tick), 'stroke="#d9e2ec"'),
      text(PLOT.left - 6, y(tick) + 4, `${100 * tick} %`, 'text-anchor="end"'),
    ]),
    ...places.map((value) => text(x(value), top + PLOT.height + 16, `${value}`, 'text-anchor="middle"')),
    ...curves.flatMap((value, i) => {
      const points = tried.filter(({ settings }) => settings[series] === value);
      const path = points.map(({ settings, kept }) => `${x(settings[horizontal]).toFixed(1)},${y(kept).toFixed(1)}`);
      const colour = COLOURS[i % COLOURS.length];
      return [
        `<polyline points="${path.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        text(PLOT.left + i * 90, top + PLOT.height + 34, `${value} ${series}`, `fill="${colour}"`),
      ];
    }),
  ];
}

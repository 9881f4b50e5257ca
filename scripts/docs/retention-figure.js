// Draws what `bench/zero-shot.js` measured: the retention of each method, how it depends on its settings, and what tuning adds.
import { COLOURS, INK, line, svg, text } from "./svg.js";

const [WIDTH, HEIGHT] = [960, 700];
const BAR = { left: 170, top: 40, right: 470, step: 34 };
const PLOT = { left: 560, top: 40, width: 360, height: 150, gap: 84 };

/**
 * The SVG text: on top the reporting pairs and what was tried on the choosing pairs, below them the small world's tuning
 * curves (fixtures/small-world/measured), whose beginnings are the transfers that were not tuned.
 */
export function drawRetention({ reporting, chosen }, tuning) {
  return svg(WIDTH, HEIGHT, [...drawBars(reporting), ...drawTried(chosen), ...drawTuning(tuning)]);
}

function drawBars(reporting) {
  const x = (share) => BAR.left + Math.max(0, share) * (BAR.right - BAR.left);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const entries = Object.entries(reporting);
  const bottom = BAR.top + entries.length * BAR.step;
  return [
    text(20, 22, "retention without tuning, on the reporting pairs", 'font-weight="600"'),
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

const TUNING = { left: 150, top: 510, width: 770, height: 130 };
/** Right answers in percent at the ends of the vertical axis. */
const [LOWEST, HIGHEST] = [20, 100];

const STARTS = {
  transferred: "from the re-indexed adapter",
  decoded: "from the one that decodes (sparse)",
  random: "from an untrained head",
};

/** The curves of each start, mean of the seeds. */
function drawTuning({ source, target, curves }) {
  const { left, top, width, height } = TUNING;
  const steps = Object.values(Object.values(curves)[0])[0].map(([step]) => step);
  const x = (step) => left + (step / steps.at(-1)) * width;
  const y = (right) => top + (1 - (right - LOWEST) / (HIGHEST - LOWEST)) * height;
  const mean = (seeds, i) => seeds.reduce((sum, curve) => sum + curve[i][1], 0) / seeds.length;
  const title = `tuned after a transfer from ${source} to ${target}: right answers in percent, by steps`;
  return [
    text(20, top - 20, title, 'font-weight="600"'),
    ...[20, 60, 100].flatMap((tick) => [
      line(left, y(tick), left + width, y(tick), 'stroke="#d9e2ec"'),
      text(left - 8, y(tick) + 4, `${tick}`, 'text-anchor="end"'),
    ]),
    ...steps.map((step) => text(x(step), top + height + 16, `${step}`, 'text-anchor="middle"')),
    ...Object.entries(curves).flatMap(([start, seeds], i) => {
      const all = Object.values(seeds);
      const points = steps.map((step, at) => `${x(step).toFixed(1)},${y(mean(all, at)).toFixed(1)}`);
      return [
        `<polyline points="${points.join(" ")}" fill="none" stroke="${COLOURS[i]}" stroke-width="2"/>`,
        text(left + 20 + i * 250, top + height + 38, STARTS[start], `fill="${COLOURS[i]}"`),
      ];
    }),
  ];
}

/** A panel for each method that decodes: retention against its own setting, a curve for each number of words. */
function drawTried(chosen) {
  const panels = [
    ["sparse", "k"],
    ["soft", "temperature"],
  ].filter(([name]) => chosen[name]?.tried.length > 0);
  return panels.flatMap(([name, horizontal], i) =>
    drawPanel(chosen[name].tried, { name, horizontal, top: PLOT.top + i * (PLOT.height + PLOT.gap) }),
  );
}

function drawPanel(tried, { name, horizontal, top }) {
  const places = [...new Set(tried.map(({ settings }) => settings[horizontal]))].sort((a, b) => a - b);
  const x = (value) => PLOT.left + (places.indexOf(value) / Math.max(1, places.length - 1)) * PLOT.width;
  const y = (share) => top + (1 - Math.min(1, Math.max(0, share))) * PLOT.height;
  const curves = [...new Set(tried.map(({ settings }) => settings.wordsPerWidth))];
  return [
    text(PLOT.left, top - 18, `${name}: retention on the choosing pairs, by ${horizontal}`, 'font-weight="600"'),
    ...[0, 0.5, 1].flatMap((tick) => [
      line(PLOT.left, y(tick), PLOT.left + PLOT.width, y(tick), 'stroke="#d9e2ec"'),
      text(PLOT.left - 6, y(tick) + 4, `${100 * tick} %`, 'text-anchor="end"'),
    ]),
    text(PLOT.left, top + PLOT.height + 34, "words: source's width"),
    ...places.map((value) => text(x(value), top + PLOT.height + 16, `${value}`, 'text-anchor="middle"')),
    ...curves.flatMap((value, i) => {
      const points = tried.filter(({ settings }) => settings.wordsPerWidth === value);
      const path = points.map(({ settings, kept }) => `${x(settings[horizontal]).toFixed(1)},${y(kept).toFixed(1)}`);
      const colour = COLOURS[i % COLOURS.length];
      return [
        `<polyline points="${path.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        text(PLOT.left + 142 + i * 46, top + PLOT.height + 34, `x ${value}`, `fill="${colour}"`),
      ];
    }),
  ];
}

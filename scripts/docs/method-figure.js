// Draws how `transfer --align contextual` works, for docs/method.md: name, say, distil.
import { COLOURS, INK, line, svg, text } from "./svg.js";

const [WIDTH, HEIGHT] = [960, 560];
const SIDE = 6;
const CELL = 20;
/** Patches that the drawn star covers, as [row, column], and what each of them is said to be. */
const COVERED = [
  [1, 2, "star"],
  [1, 3, "red"],
  [2, 1, "star"],
  [2, 2, "red"],
  [2, 3, "star"],
  [2, 4, "red"],
  [3, 2, "star"],
  [3, 3, "red"],
];
/** How many patches of a picture a question shows; the one in the middle is asked about. */
const SHOWN = 5;
/** Patches of bare ground that are drawn in front of them. */
const GROUND = 2;
const [SOFT, GREY] = ["#eef2f6", "#9fb3c8"];

export function drawMethod() {
  return svg(WIDTH, HEIGHT, [...name(), ...say(), ...distil()]);
}

const title = (y, number, word, about) => [
  text(20, y, `${number}  ${word}`, 'font-size="16" font-weight="600"'),
  text(120, y, about),
];

/** The source LLM is asked about a patch and its neighbours, and the answers of many patches are fitted. */
function name() {
  return [
    ...title(28, 1, "Name", "pictures without labels; the source LLM says which word it reads at a patch"),
    ...picture(20, 44),
    ...arrow(150, 104, 186),
    ...box(190, 64, 120, 80, ["vision tower", "and adapter"]),
    ...arrow(314, 104, 350),
    ...prompt(354, 64),
    ...arrow(704, 104, 740),
    ...box(744, 64, 196, 80, ["how likely each of", "thousands of words is next"], COLOURS[0]),
    text(354, 166, "some thousand questions, each about a patch and its look-alikes", `fill="${COLOURS[3]}"`),
    line(842, 146, 842, 198, `stroke="${INK}"`),
    `<polygon points="842,199 838,192 846,192" fill="${INK}"/>`,
    ...box(594, 200, 346, 34, ["fitted: features of the tower to scores of words"], COLOURS[0]),
  ];
}

/** The prompt of the source LLM: text, vectors, text. */
function prompt(x, y) {
  const shades = Array.from({ length: GROUND + SHOWN }, (_, i) => {
    if (i < GROUND) return "#d9e2ec";
    return i === GROUND + (SHOWN >> 1) ? COLOURS[1] : "#f0b3ba";
  });
  return [
    `<rect x="${x}" y="${y}" width="346" height="80" rx="6" fill="${SOFT}"/>`,
    text(x + 12, y + 22, "source LLM", 'font-weight="600"'),
    text(x + 12, y + 54, "The picture shows:"),
    ...shades.map((shade, i) => square(x + 136 + i * 20, y + 39, shade)),
    text(x + 286, y + 54, "..."),
    `<rect x="${x + 300}" y="${y + 38}" width="36" height="22" rx="3" fill="#fff" stroke="${COLOURS[0]}" stroke-dasharray="3 2"/>`,
    text(x + 314, y + 54, "?", `fill="${COLOURS[0]}" font-weight="600"`),
  ];
}

/** Each patch of a new picture says a word to the target LLM. */
function say() {
  return [
    ...title(274, 2, "Say", "a new picture; each patch puts the target's own row of a word at its position"),
    ...picture(20, 292),
    ...arrow(150, 352, 186),
    ...box(190, 312, 120, 80, ["vision tower", "and scores"]),
    ...arrow(314, 352, 350),
    ...words(354, 292),
    ...arrow(490, 352, 526),
    `<rect x="530" y="312" width="410" height="80" rx="6" fill="${SOFT}"/>`,
    text(542, 334, "target LLM", 'font-weight="600"'),
    text(542, 356, "The picture shows: , , star red , , star red star red , , star red ..."),
    text(542, 376, "What is the red thing?"),
  ];
}

/** The grid of said words. */
function words(x, y) {
  const said = new Map(COVERED.map(([row, column, word]) => [row * SIDE + column, word]));
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [left, top] = [x + (i % SIDE) * CELL, y + Math.floor(i / SIDE) * CELL];
    const word = said.get(i);
    const fill = word === undefined ? SOFT : COLOURS[0];
    return [
      `<rect x="${left}" y="${top}" width="${CELL - 1}" height="${CELL - 1}" fill="${fill}"/>`,
      word === undefined
        ? text(left + 9, top + 12, ",", `fill="${GREY}" text-anchor="middle"`)
        : text(left + 9, top + 13, word, 'fill="#fff" font-size="9" text-anchor="middle"'),
    ].join("");
  });
}

function distil() {
  return [
    ...title(
      456,
      3,
      "Distil",
      "if wished: one ordinary projector of two layers that makes the same vectors, for other software",
    ),
    ...box(20, 474, 290, 60, ["features of the tower", "and the rows that were said"], COLOURS[0]),
    ...arrow(314, 504, 350),
    ...box(354, 474, 232, 60, ["least squares from", "a layer of GELU units"]),
    ...arrow(590, 504, 626),
    ...box(630, 474, 310, 60, ["mlp2x_gelu", "which LLaVA's software reads"], COLOURS[2]),
  ];
}

/** A picture of a red star on its grid of patches. */
function picture(x, y) {
  const covered = new Set(COVERED.map(([row, column]) => row * SIDE + column));
  const cells = Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [left, top] = [x + (i % SIDE) * CELL, y + Math.floor(i / SIDE) * CELL];
    const edge = covered.has(i) ? COLOURS[1] : GREY;
    return `<rect x="${left}" y="${top}" width="${CELL}" height="${CELL}" fill="none" stroke="${edge}" stroke-width="0.6"/>`;
  });
  const points = Array.from({ length: 10 }, (_, i) => {
    const [angle, radius] = [(Math.PI * i) / 5 - Math.PI / 2, i % 2 === 0 ? 30 : 12];
    return `${(x + 60 + radius * Math.cos(angle)).toFixed(1)},${(y + 51 + radius * Math.sin(angle)).toFixed(1)}`;
  });
  const ground = `<rect x="${x}" y="${y}" width="${SIDE * CELL}" height="${SIDE * CELL}" fill="${SOFT}"/>`;
  return [ground, `<polygon points="${points.join(" ")}" fill="${COLOURS[1]}"/>`, ...cells];
}

const square = (x, y, fill) => `<rect x="${x}" y="${y}" width="18" height="18" fill="${fill}"/>`;

function box(x, y, width, height, lines, stroke = GREY) {
  const first = y + height / 2 + 4 - (lines.length - 1) * 8;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="#fff" stroke="${stroke}"/>`,
    ...lines.map((content, i) => text(x + width / 2, first + i * 16, content, 'text-anchor="middle"')),
  ];
}

/** A line with a tip, drawn by hand: markers are shown by few viewers. */
const arrow = (x, y, end) => [
  line(x, y, end, y, `stroke="${INK}"`),
  `<polygon points="${end},${y} ${end - 7},${y - 4} ${end - 7},${y + 4}" fill="${INK}"/>`,
];

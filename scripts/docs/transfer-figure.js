// Draws what `bench/picture.js` measured: one picture by the tokens of its patches, in the LLM that the adapter was trained
// for and in another one, and the answers about it.
import { COLOURS, INK, line, svg, text } from "./svg.js";

const [WIDTH, MARGIN, GAP, SIDE] = [960, 20, 16, 224];
/** Left edge of the first panel; the questions stand before it. */
const PANELS = WIDTH - MARGIN - 3 * SIDE - 2 * GAP;
const TOP = 62;
const QUESTIONS = { top: TOP + SIDE + 34, step: 26 };
const TOKENS = { size: 13, step: 20 };
const [PALE, RIGHT, WRONG] = ["#616e7c", "#2f6b38", "#b3261e"];

const TITLES = {
  source: ["before: Llama 2", "the LLM it was trained for"],
  sparse: ["after: Qwen2", "transferred, without pictures (--align sparse)"],
  none: ["after: Qwen2", "transferred, re-indexed (--align none)"],
};

/** The SVG text; panels from left to right are the views, below them is a line a question. */
export function drawTransfer({ pixels, views, questions }) {
  const height = QUESTIONS.top + questions.length * QUESTIONS.step - 4;
  const labels = [
    ...[
      "The first test picture of the",
      "small trained models in",
      "fixtures/. Each patch is described",
      "by its tokens and their weights.",
    ],
    ...["", "Nothing was tuned after the", "transfers."],
  ];
  return svg(WIDTH, height, [
    drawPixels(pixels),
    ...views.flatMap((view, i) => drawView(view, panelLeft(i))),
    ...questions.flatMap((question, i) => drawQuestion(question, QUESTIONS.top + i * QUESTIONS.step)),
    ...labels.map((label, i) => text(MARGIN, TOP + 12 + i * 18, label, `fill="${PALE}"`)),
  ]);
}

const panelLeft = (i) => PANELS + i * (SIDE + GAP);

/** The picture once, for every panel to use: rectangles, which every viewer shows, where it may refuse an embedded picture. */
function drawPixels(pixels) {
  const size = SIDE / pixels.length;
  const rects = pixels.flatMap((row, y) => {
    let x = 0;
    return row.split(" ").map((run) => {
      const [length, colour] = run.split("#");
      const rect = `<rect x="${x}" y="${y}" width="${length}" height="1" fill="#${colour}"/>`;
      x += Number(length);
      return rect;
    });
  });
  const scale = `transform="scale(${size.toFixed(4)})" shape-rendering="crispEdges"`;
  return `<defs><g id="picture" ${scale}>${rects.join("")}</g></defs>`;
}

function drawView({ name, patches }, left) {
  const columns = Math.sqrt(patches.length);
  const side = SIDE / columns;
  const [title, remark] = TITLES[name];
  return [
    text(left, TOP - 30, title, `font-size="14" font-weight="600" fill="${name === "source" ? INK : COLOURS[0]}"`),
    text(left, TOP - 12, remark, `fill="${PALE}"`),
    `<use href="#picture" x="${left}" y="${TOP}"/>`,
    ...patches.flatMap((tokens, at) => {
      const [x, y] = [left + (at % columns) * side, TOP + Math.floor(at / columns) * side];
      return [
        `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="#000" fill-opacity=".32" stroke="#fff" stroke-opacity=".5"/>`,
        ...drawTokens(tokens, { x, y, side }),
      ];
    }),
  ];
}

function drawTokens(tokens, { x, y, side }) {
  const first = y + side / 2 - ((tokens.length - 1) * TOKENS.step) / 2 + 5;
  return tokens.map(([token, weight], i) =>
    text(x + side / 2, first + i * TOKENS.step, `${readable(token)} ${weight.toFixed(2)}`, TOKEN_STYLE),
  );
}

const TOKEN_STYLE = `text-anchor="middle" font-size="${TOKENS.size}" fill="#fff" stroke="#000" stroke-width="2.5" stroke-opacity=".75" paint-order="stroke"`;

/** Without the mark of a space in front of a word; a token that is nothing else keeps it. */
const readable = (token) =>
  token
    .replace(/^[▁Ġ](?=.)/, "")
    .replace(/^[▁Ġ]$/, "␣")
    .replace("Ċ", "\\n");

function drawQuestion({ question, right, answers }, top) {
  return [
    line(MARGIN, top - 17, WIDTH - MARGIN, top - 17, 'stroke="#d9e2ec"'),
    text(MARGIN, top, question),
    ...answers.flatMap((answer, i) => {
      const isRight = answer === right;
      const words = isRight ? `✓ ${answer}` : `✗ ${answer} (${right})`;
      return text(panelLeft(i), top, words, `fill="${isRight ? RIGHT : WRONG}"`);
    }),
  ];
}

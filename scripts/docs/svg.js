// Pieces of the figures: SVG that any viewer shows, with no style sheet, script, font file or embedded picture.
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Attributes are given as they are written. */
export const text = (x, y, content, attributes = "") =>
  `<text x="${x}" y="${y}" ${attributes}>${escape(content)}</text>`;
export const line = (x1, y1, x2, y2, attributes = "") =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" ${attributes}/>`;

export const INK = "#1f2933";
export const COLOURS = ["#1b6ca8", "#d1495b", "#3a7d44", "#8d6a9f", "#b7791f"];

/** A whole figure on white, which is read on dark pages too. */
export const svg = (width, height, content) =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="${INK}">`,
    `<rect width="${width}" height="${height}" rx="6" fill="#fff"/>`,
    ...content,
    "</svg>\n",
  ].join("\n");

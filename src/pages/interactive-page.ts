import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { InputError } from "../errors.js";
import { exists } from "../files/look.js";
import { readWholeFile } from "../files/read-whole.js";
import { escapeHtml } from "../layout/html.js";

/** The kinds of pages, each with a script of its own in pages/. */
export type PageKind = "explain" | "inspect" | "eval";

export interface InteractivePage {
  readonly kind: PageKind;
  /** Begins with "langbridge", by which a later run knows that it may replace the page. */
  readonly title: string;
  /** What the script shows. */
  readonly data: unknown;
  /**
   * HTML that is shown until the script takes its place, and without JavaScript for good. Everything in it that comes from files must
   * have gone through `escapeHtml`.
   */
  readonly body: string;
  /** HTML that stays above it. */
  readonly intro?: string;
  /** HTML that stays below it. */
  readonly after?: string;
  /** Further blocks of data, made by `packedBlock` and `pictureBlock`. */
  readonly blocks?: readonly string[];
  /** Whether the page shows pictures that lie beside it. */
  readonly showsFiles?: boolean;
}

/**
 * A page of one file: the script, the style and the data are in it. The browser loads nothing else, and runs no script but this one.
 *
 * @throws InputError where the scripts of pages were not built
 */
export async function interactivePage(page: InteractivePage): Promise<string> {
  const { kind, title, data, body, intro = "", after = "", blocks = [], showsFiles = false } = page;
  const [script, style] = await Promise.all([builtFile(`${kind}.js`), builtFile("style.css")]);
  const policy = [
    "default-src 'none'",
    `script-src ${hashSource(script)}`,
    `style-src ${hashSource(style)}`,
    `img-src data:${showsFiles ? " 'self' file:" : ""}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<title>${escapeHtml(title)}</title>`,
    `<style>${style}</style>`,
    `<body class="${kind}">`,
    `<header><h1>${escapeHtml(title)}</h1></header>`,
    `<main>${intro}`,
    `<div id="page"><noscript><p class="note">Search, filters and pictures to click need JavaScript, which is switched off here.</p></noscript>`,
    body,
    `</div>`,
    `${after}</main>`,
    ...blocks,
    packedBlock("data", data),
    `<script>${script}</script>`,
    "</html>",
    "",
  ].join("\n");
}

/**
 * Data of a page as compressed JSON in a block that no browser runs.
 *
 * @param name of the block, by which the script finds it
 */
export const packedBlock = (name: string, data: unknown): string =>
  `<script type="application/gzip" data-name="${name}">${gzipSync(JSON.stringify(data), { level: 9 }).toString("base64")}</script>`;

/** A picture that the script shows, as a data URL. */
export const pictureBlock = (url: string): string => `<script type="text/plain" data-name="picture">${url}</script>`;

const hashSource = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Largest script or style that is read, in bytes; the largest today has some 40,000. */
const MOST_BYTES = 1_000_000;

/** A file that scripts/pages.js built: beside the compiled sources, or in dist/ where the sources run as they are. */
async function builtFile(name: string): Promise<string> {
  for (const place of ["../../pages/", "../../dist/pages/"]) {
    const path = fileURLToPath(new URL(place + name, import.meta.url));
    if (await exists(path))
      return (await readWholeFile(path, { most: MOST_BYTES, as: "part of a page" })).toString("utf8").trim();
  }
  throw new InputError(`dist/pages/${name}: is not there; build it with: npm run build`);
}

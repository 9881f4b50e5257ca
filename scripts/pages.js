// Bundles the scripts and the style of pages/ into dist/pages, one script for each kind of page. They are inlined into the pages that
// the commands write, so that users need neither Preact nor esbuild.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The first browsers that unpack compressed data themselves: DecompressionStream. */
const BROWSERS = ["chrome103", "firefox113", "safari16.4"];

/** What the scripts hold of others. Their licence wants its text in every copy, and a page travels alone. */
const BUNDLED = ["preact", "@tanstack/virtual-core"];

const licences = () =>
  BUNDLED.map((name) => `${name}\n\n${readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8").trim()}\n`);

export async function buildPages() {
  const folder = join(root, "pages");
  const scripts = readdirSync(folder).filter((name) => name.endsWith(".tsx"));
  await build({
    entryPoints: [...scripts, "style.css"].map((name) => join(folder, name)),
    outdir: join(root, "dist", "pages"),
    bundle: true,
    minify: true,
    format: "iife",
    charset: "ascii",
    target: BROWSERS,
    jsx: "automatic",
    jsxImportSource: "preact",
    banner: { js: `/*! This script holds:\n\n${licences().join("\n")}*/` },
    logLevel: "warning",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPages();

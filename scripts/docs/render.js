// Documents with the parts that are made, and the figures. A made part stands between `<!-- KIND ARGUMENT -->` and
// `<!-- /KIND -->`.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { fencedFile } from "./file.js";
import { commandFlags } from "./flags.js";
import { measuredTable } from "./measured.js";
import { drawMethod } from "./method-figure.js";
import { commandOutput } from "./output.js";
import { drawRetention } from "./retention-figure.js";
import { commandSchemas } from "./schemas.js";
import { drawTransfer } from "./transfer-figure.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** What makes each kind of part, from the argument in its mark. */
const KINDS = { file: fencedFile, flags: commandFlags, measured: measuredTable, output: commandOutput };

const readJson = (...path) => JSON.parse(readFileSync(join(ROOT, ...path), "utf8"));
const measured = (name) => readJson("bench", "measured", `${name}.json`);

const FIGURES = {
  "docs/images/method.svg": drawMethod,
  "docs/images/retention.svg": () =>
    drawRetention(measured("zero-shot"), readJson("fixtures", "small-world", "measured", "tuning_curves.json")),
  "docs/images/transfer.svg": () => drawTransfer(measured("picture")),
};

/** Every document, figure and schema as { path, before, after }: its text as it is and as it should be. */
export function renderDocuments() {
  const read = (path) => (existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), "utf8") : "");
  const documents = documentPaths().map((path) => ({ path, before: read(path), after: fillParts(read(path), path) }));
  const figures = Object.entries(FIGURES).map(([path, draw]) => ({ path, before: read(path), after: draw() }));
  const schemas = Object.entries(commandSchemas(ROOT)).map(([path, schema]) => {
    return { path, before: read(path), after: `${JSON.stringify(schema, null, 2)}\n` };
  });
  return [...documents, ...figures, ...schemas];
}

/** Writes what is out of date; returns the paths. */
export function writeDocuments() {
  const stale = renderDocuments().filter(({ before, after }) => before !== after);
  for (const { path, after } of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), after);
  }
  return stale.map(({ path }) => path);
}

/** README.md and everything in docs/. */
function documentPaths() {
  const inDocs = readdirSync(join(ROOT, "docs"), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)).replaceAll(sep, "/"))
    .filter((path) => !path.startsWith("docs/api/"));
  return ["README.md", ...inDocs.sort()];
}

function fillParts(text, path) {
  return text.replace(
    /^<!-- (\w+) (\S+) -->\n.*?^<!-- \/\1 -->$/gms,
    (_, kind, argument) => `<!-- ${kind} ${argument} -->\n\n${make(kind, argument, path)}\n\n<!-- /${kind} -->`,
  );
}

function make(kind, argument, path) {
  if (!Object.hasOwn(KINDS, kind)) {
    throw new Error(`${path}: <!-- ${kind} ${argument} -->: expected one of ${Object.keys(KINDS).join(", ")}`);
  }
  return KINDS[kind](argument, ROOT);
}

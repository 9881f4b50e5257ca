// `npm run docs` writes those parts of the documents that come from elsewhere: flags from oclif's manifest, tables and figures
// from bench/measured, files of examples/, what commands print. With --check it writes nothing and fails where a document is out of date.
import { renderDocuments, writeDocuments } from "./docs/render.js";

if (process.argv.includes("--check")) {
  const stale = renderDocuments().filter(({ before, after }) => before !== after);
  for (const { path } of stale) console.error(`${path}: is out of date; run npm run docs`);
  if (stale.length > 0) process.exitCode = 1;
} else {
  for (const path of writeDocuments()) console.log(`${path}: written`);
}

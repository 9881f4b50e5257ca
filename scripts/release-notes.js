// `node scripts/release-notes.js v1.2.3` prints the section of CHANGELOG.md about a version; fails where it is missing or empty, and
// where package.json is of another version.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const version = process.argv[2]?.replace(/^v/, "");
const { version: own } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
const section = changelog.split(/^## /m).find((text) => text.split(/[\s,]/, 1)[0] === version);
const notes = section?.slice(section.indexOf("\n")).trim();

if (version !== own) fail(`the tag says ${version}, package.json says ${own}`);
if (!notes) fail(`CHANGELOG.md has no section "## ${version}"`);
console.log(notes);

function fail(problem) {
  console.error(`release-notes: ${problem}`);
  process.exit(1);
}

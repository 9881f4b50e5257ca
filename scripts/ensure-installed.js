// Installs the locked dependencies when node_modules is absent or older than the lock file, so that `npm start` and
// `npm test` work from a bare clone and cost nothing afterwards.
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modifiedAt = (name) => statSync(join(root, name), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;

if (modifiedAt("node_modules/.package-lock.json") < modifiedAt("package-lock.json")) {
  console.error("installing the locked dependencies (npm ci) ...");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}

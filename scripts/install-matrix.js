/*
 * Installs the package in empty folders by several package managers where the CUDA libraries that onnxruntime-node downloads cannot be had:
 *
 *     npm run install-matrix -- [MANAGER ...]
 *
 * Everywhere `onnxruntime-node` must be there, or the command that needs it must name the line that adds it, and that line must work. Needs a
 * registry. Ends with 1 where one does not.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const work = mkdtempSync(join(tmpdir(), "langbridge-install-"));

/** How to call a manager, which npx fetches, to install packages; a global installation goes to a folder of its own. */
const npm = (version, ...flags) => ["npx", "--yes", `npm@${version}`, "install", ...flags];
const GLOBAL = ["--global", "--prefix", "global"];
const MANAGERS = {
  "npm 10": npm(10),
  "npm 11": npm(11),
  "npm 12": npm(12),
  "npm 10, global": npm(10, ...GLOBAL),
  "npm 11, global": npm(11, ...GLOBAL),
  "npm 12, global": npm(12, ...GLOBAL),
  pnpm: ["npx", "--yes", "pnpm", "add", "--ignore-scripts"],
};

/** The environment of a user whose downloads of CUDA's libraries fail: the script that makes them asks a proxy that is not there. */
const env = {
  ...process.env,
  GLOBAL_AGENT_HTTPS_PROXY: "http://127.0.0.1:9",
  GLOBAL_AGENT_HTTP_PROXY: "http://127.0.0.1:9",
};
// npm hands its settings down to what it runs; a user's shell has none of them.
for (const name of Object.keys(env))
  if (/^npm_(?:config|lifecycle|package)_|^onnxruntime_node_install/i.test(name)) delete env[name];

const packed = JSON.parse(
  execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", work], {
    cwd: ROOT,
    encoding: "utf8",
  }),
);
const tarball = join(work, Object.values(packed)[0].filename);

const run = ([program, ...args], cwd, more = {}) =>
  spawnSync(program, args, { cwd, env: { ...env, ...more }, encoding: "utf8" });

/** What `langbridge doctor` says of onnxruntime-node, and its problems. */
function diagnose(folder) {
  const installed = ["node_modules/langbridge", "global/lib/node_modules/langbridge"]
    .map((path) => join(folder, path))
    .find(existsSync);
  if (installed === undefined) return { problem: "langbridge is not installed" };
  const { stdout, stderr } = run(
    [process.execPath, join(installed, "bin/run.js"), "doctor", "--device", "cpu", "--json"],
    folder,
  );
  try {
    const { onnxruntime, problems, devices, error } = JSON.parse(stdout);
    if (error !== undefined) return { problem: error.message };
    return {
      onnxruntime,
      runs: devices[0]?.runs ?? [],
      problem: problems.find((line) => line.includes("onnxruntime-node")),
    };
  } catch {
    return { problem: stderr.trim() };
  }
}

function tryManager(name) {
  const folder = join(work, name.replaceAll(/\W+/g, "-"));
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true }));
  const { status, stderr } = run([...MANAGERS[name], tarball], folder);
  if (status !== 0) return { right: false, says: `the installation fails: ${stderr.trim().slice(-400)}` };
  const { onnxruntime, runs, problem } = diagnose(folder);
  if (onnxruntime !== undefined && runs.length > 0)
    return { right: true, says: `onnxruntime-node ${onnxruntime} is there and runs ${runs.join(", ")}` };
  const command = "npm install onnxruntime-node";
  if (!problem?.includes(`add it with: ${command}`)) {
    return { right: false, says: `onnxruntime-node is missing, and nothing names the command: ${problem}` };
  }
  const added = run([...MANAGERS[name], "onnxruntime-node"], folder, { ONNXRUNTIME_NODE_INSTALL: "skip" });
  const after = diagnose(folder);
  const right = after.onnxruntime !== undefined;
  return {
    right,
    says: `onnxruntime-node is left out; "${command}" ${right ? `adds ${after.onnxruntime}` : `does not add it: ${added.stderr.trim().slice(-400)}`}`,
  };
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(MANAGERS);
let wrong = 0;
try {
  for (const name of names) {
    const { right, says } = tryManager(name);
    if (!right) wrong++;
    console.log(`${right ? "right" : "WRONG"}  ${name}: ${says}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`${names.length - wrong} right, ${wrong} wrong`);
process.exitCode = wrong > 0 ? 1 : 0;

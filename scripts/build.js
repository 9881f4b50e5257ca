// Compiles the sources into a fresh dist/, so that a file deleted from the source never lingers in the package, bundles the scripts of
// pages, and writes oclif's manifest, with which --help needs to load no command.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Plugin } from "@oclif/core";
import { buildPages } from "./pages.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
rmSync(join(root, "dist"), { recursive: true, force: true });
execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});

await buildPages();

rmSync(join(root, "oclif.manifest.json"), { force: true });
const plugin = new Plugin({ root, type: "core", ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
writeFileSync(join(root, "oclif.manifest.json"), JSON.stringify(plugin.manifest));

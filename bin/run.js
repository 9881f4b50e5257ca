#!/usr/bin/env node
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";

try {
  homedir();
} catch {
  // A container may run under a number that no list of users holds, without HOME; oclif asks for it as it loads.
  process.env.HOME = "/";
}
const { execute } = await import("@oclif/core");

// There are no plugins to look for in the user's data folder, which may not even be readable.
await execute({ loadOptions: { root: fileURLToPath(import.meta.url), userPlugins: false } });

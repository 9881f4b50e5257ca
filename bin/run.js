#!/usr/bin/env node
import { homedir, userInfo } from "node:os";
import { fileURLToPath } from "node:url";

// A container may run under a number that no list of users holds, without HOME and SHELL; oclif asks for both as it loads.
try {
  homedir();
} catch {
  process.env.HOME = "/";
}
try {
  userInfo();
} catch {
  process.env.SHELL ??= "/bin/sh";
}
const { execute } = await import("@oclif/core");

// There are no plugins to look for in the user's data folder, which may not even be readable.
await execute({ loadOptions: { root: fileURLToPath(import.meta.url), userPlugins: false } });

#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { execute } from "@oclif/core";

// There are no plugins to look for in the user's data folder, which may not even be readable.
await execute({ loadOptions: { root: fileURLToPath(import.meta.url), userPlugins: false } });

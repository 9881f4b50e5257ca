#!/usr/bin/env node
import { execute } from "@oclif/core";

// There are no plugins to look for in the user's data folder, which may not even be readable.
await execute({ loadOptions: { root: import.meta.url, userPlugins: false } });

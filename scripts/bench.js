// `npm run bench -- NAME [--json] [flags of its own]` runs bench/NAME.js and prints its table; with --json the last line is one object.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "bench");
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".js"))
  .map((name) => name.slice(0, -3));

const [name, ...flags] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`bench: expected one of ${names.join(", ")}, got ${name ?? "nothing"}`);
  process.exit(1);
}

/** Each benchmark's default export measures and returns `{ rows: [what, value][], ratios, ... }`; `options` are its flags. */
const { default: run, options = {} } = await import(`../bench/${name}.js`);
const { values } = parseArgs({ args: flags, options: { json: { type: "boolean" }, ...options } });
const { rows, ...figures } = await run(values);
const width = Math.max(...rows.map(([what]) => what.length));
for (const [what, value] of rows) console.log(`${what.padEnd(width)}  ${value}`);
if (values.json) console.log(JSON.stringify(figures));

// `npm run bench -- NAME [--json]` runs bench/NAME.js and prints its table; with --json the last line is one object.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "bench");
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".js"))
  .map((name) => name.slice(0, -3));

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "boolean" } } });
const [name] = positionals;
if (!names.includes(name)) {
  console.error(`bench: expected one of ${names.join(", ")}, got ${name ?? "nothing"}`);
  process.exit(1);
}

/** Each benchmark's default export measures and returns `{ rows: [what, value][], ratios, ... }`. */
const { default: run } = await import(`../bench/${name}.js`);
const { rows, ...figures } = await run();
const width = Math.max(...rows.map(([what]) => what.length));
for (const [what, value] of rows) console.log(`${what.padEnd(width)}  ${value}`);
if (values.json) console.log(JSON.stringify(figures));

/*
 * Compares bulk results with the software that defines them. Needs a Python with oracles/python/requirements.txt:
 *
 *     PYTHON=path/to/python npm run oracles -- [PART ...] [--seed N] [--count N] [--models DIR]
 *
 * Ends with 1 where anything differs. The same seed asks the same again, but for tokenizers made by trainers that are random.
 */
import { parseArgs } from "node:util";
import { compareCheckpoints } from "./checkpoints.js";
import { compareConfigs } from "./configs.js";
import { compareExports } from "./exports.js";
import { compareLlamaCpp } from "./llama-cpp.js";
import { compareRealLlms } from "./real-llms.js";
import { compareTables } from "./tables.js";
import { compareTemplates } from "./templates.js";
import { compareTokenizers } from "./tokenizers.js";

const PARTS = {
  tokenizers: compareTokenizers,
  templates: compareTemplates,
  configs: compareConfigs,
  checkpoints: compareCheckpoints,
  tables: compareTables,
  exports: compareExports,
  "llama-cpp": compareLlamaCpp,
  "real-llms": compareRealLlms,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string", default: "1" }, count: { type: "string" }, models: { type: "string" } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) throw new Error(`no part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);

let differs = false;
for (const name of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
  const { tally, unlike } = await PARTS[name]({
    seed: Number(values.seed),
    ...(values.count !== undefined && { count: Number(values.count) }),
    ...(values.models !== undefined && { models: values.models }),
    log: (line) => console.log(`${name}: ${line}`),
  });
  console.log(
    `${name}: ${Object.entries(tally)
      .map(([key, number]) => `${number} ${key}`)
      .join(", ")}`,
  );
  differs ||= unlike > 0;
}
process.exitCode = differs ? 1 : 0;

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mmbench } from "../dist/src/benchmark/tasks/mmbench.js";
import { forEachTableRow } from "../dist/src/benchmark/tasks/tsv.js";
import { PythonSide } from "./python-side.js";

const MADE = 5000;
const COUNTED = [
  "tables",
  "rows",
  "refused by both",
  "MMBench tables",
  "unlike rows",
  "unlike options",
  "unlike refusals",
];
const UNLIKE = ["unlike rows", "unlike options", "unlike refusals"];

/** Cells of made tables against pandas, and MMBench's options in them against LLaVA's runner. */
export async function compareTables({ seed, count = MADE, log }) {
  const python = new PythonSide("tables_side.py");
  const folder = mkdtempSync(join(tmpdir(), "langbridge-oracle-"));
  const path = join(folder, "mmbench_dev_20230712.tsv");
  const tally = Object.fromEntries(COUNTED.map((name) => [name, 0]));
  const differs = (kind, index, expected, found) => {
    tally[kind]++;
    log(`seed ${seed + index}: ${kind}: ${JSON.stringify(expected)}, not ${JSON.stringify(found)}`);
  };
  for (let index = 0; index < count; index++) {
    const { text, rows, options, refused } = await python.ask({ make: seed + index });
    writeFileSync(path, text);
    tally.tables++;
    const found = await attempt(() => readRows(path));
    if (refused || found.error !== undefined) {
      if (refused && found.error !== undefined) tally["refused by both"]++;
      else differs("unlike refusals", index, refused, found.error);
      continue;
    }
    tally.rows += rows.length;
    if (JSON.stringify(found.value) !== JSON.stringify(rows)) differs("unlike rows", index, rows, found.value);
    if (rows.some(({ question }) => question === undefined)) continue;
    tally["MMBench tables"]++;
    const asked = await attempt(async () => (await mmbench.load(folder)).items.map(({ extra }) => extra.options));
    if (JSON.stringify(asked.value) !== JSON.stringify(options)) differs("unlike options", index, options, asked);
  }
  python.end();
  rmSync(folder, { recursive: true });
  return { tally, unlike: UNLIKE.reduce((sum, kind) => sum + tally[kind], 0) };
}

async function readRows(path) {
  const rows = [];
  await forEachTableRow(path, new Set(), ({ text }) => rows.push(Object.fromEntries(text)));
  return rows;
}

async function attempt(work) {
  try {
    return { value: await work() };
  } catch (error) {
    if (error.name !== "InputError") throw error;
    return { error: error.message };
  }
}

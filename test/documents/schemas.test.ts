import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, test } from "@jest/globals";
import Ask from "../../commands/ask.js";
import CacheClear from "../../commands/cache/clear.js";
import CacheList from "../../commands/cache/list.js";
import Doctor from "../../commands/doctor.js";
import EvalCompare from "../../commands/eval/compare.js";
import Eval from "../../commands/eval/index.js";
import EvalMerge from "../../commands/eval/merge.js";
import Explain from "../../commands/explain.js";
import Export from "../../commands/export.js";
import Inspect from "../../commands/inspect.js";
import Transfer from "../../commands/transfer.js";
import Vocab from "../../commands/vocab.js";
import { ROOT } from "../helpers/markdown.js";
import { runCommand } from "../helpers/run-command.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
process.env["LANGBRIDGE_CACHE_DIR"] = join(root, "cache");

const at = (name: string): string => join(root, name);
const [adapter, target, vision] = [
  join(WORLD, "adapters", "llama2", "paper-0"),
  join(WORLD, "qwen2"),
  join(WORLD, "vision"),
];
const picture = join(WORLD, "images", "scene_0000.png");
const model = ["--adapter", adapter, "--llm", join(WORLD, "llama2"), "--vision", vision, "--threads", "1"];
const gqa = ["--data", join(WORLD, "benchmarks", "gqa"), "--images", join(WORLD, "images"), "--benchmark", "gqa"];
const many = ["--data", join(WORLD, "benchmarks"), "--images", join(WORLD, "images"), "--benchmark", "gqa,pope"];
const few = ["--limit", "8", ...model];

/** Runs of every command that prints JSON, in an order in which each finds what it needs. */
const RUNS: readonly [id: string, command: Parameters<typeof runCommand>[0], argv: readonly string[]][] = [
  ["inspect", Inspect, [adapter]],
  ["inspect", Inspect, [target]],
  ["inspect", Inspect, [adapter, target]],
  ["transfer", Transfer, [adapter, target, "--dry-run", "--missing", "omp"]],
  ["transfer", Transfer, [adapter, target, "--output", at("transferred")]],
  ["transfer", Transfer, [adapter, target, "--align", "ridge", "--output", at("ridge")]],
  ["inspect", Inspect, [at("transferred")]],
  ["vocab", Vocab, [join(ROOT, "README.md"), "--tokenizer", target, "--size", "100", "-o", at("vocabulary.json")]],
  [
    "explain",
    Explain,
    [picture, "--adapter", adapter, "--compare", at("transferred"), "--vision", vision, "-o", at("seen")],
  ],
  ["export", Export, [adapter, "--format", "onnx", "-o", at("onnx")]],
  ["export", Export, [adapter, "--format", "official", "--llm", "org/name", "-o", at("official")]],
  ["ask", Ask, [picture, "What is this?", ...model]],
  ["eval", Eval, [...gqa, ...few, "-o", at("one")]],
  ["eval", Eval, [...gqa, ...few, "-o", at("two"), "--baseline", join(at("one"), "results.json")]],
  ["eval", Eval, [...many, ...few, "-o", at("many")]],
  ["eval", Eval, [...gqa, ...few, "-o", at("shard"), "--shard", "0/2"]],
  ["eval", Eval, [...gqa, ...few, "-o", at("shard"), "--shard", "1/2"]],
  ["eval", Eval, [...many, ...few, "-o", at("shards"), "--shard", "0/2"]],
  ["eval-merge", EvalMerge, [at("shard"), "-o", at("merged")]],
  ["eval-compare", EvalCompare, [at("one"), at("many")]],
  ["doctor", Doctor, ["--device", "cpu"]],
  ["cache-list", CacheList, []],
  ["cache-clear", CacheClear, []],
  ["error", Inspect, [at("nowhere")]],
];

const schemaOf = (id: string): object =>
  JSON.parse(readFileSync(join(ROOT, "docs", "schemas", `${id}.json`), "utf8")) as object;

describe("what commands print with --json", () => {
  const printed = new Map<number, unknown>();
  beforeAll(async () => {
    for (const [number, [, command, argv]] of RUNS.entries()) {
      printed.set(number, JSON.parse((await runCommand(command, [...argv, "--json"])).stdout));
    }
  });
  const cases = RUNS.map(([id], number) => [id, number] as const);

  test.each(cases)("%s: run %d is as its schema says", (id, number) => {
    const ajv = new Ajv2020({ strictSchema: true, strictTuples: false });
    const validate = ajv.compile(schemaOf(id));
    expect([validate(printed.get(number)), validate.errors]).toEqual([true, null]);
    // No schema lets everything through.
    expect([validate({}), validate({ ...(printed.get(number) as object), other: 1 })]).toEqual([false, false]);
  });

  test("has a schema for every command that takes --json", () => {
    const { commands } = JSON.parse(readFileSync(join(ROOT, "oclif.manifest.json"), "utf8")) as Manifest;
    const ids = Object.entries(commands)
      .filter(([, { flags }]) => "json" in flags)
      .map(([id]) => id.replaceAll(":", "-"));
    const schemas = readdirSync(join(ROOT, "docs", "schemas")).map((name) => name.replace(".json", ""));
    expect(schemas.sort()).toEqual([...ids, "error"].sort());
    expect(new Set(RUNS.map(([id]) => id))).toEqual(new Set(schemas));
  });
});

interface Manifest {
  readonly commands: Readonly<Record<string, { readonly flags: object }>>;
}

import { describe, expect, test } from "@jest/globals";
import Eval from "../../commands/eval/index.js";
import EvalMerge from "../../commands/eval/merge.js";
import Inspect from "../../commands/inspect.js";
import Transfer from "../../commands/transfer.js";
import { runCommand } from "../helpers/run-command.js";

const COMMANDS = { transfer: Transfer, inspect: Inspect, eval: Eval, "eval merge": EvalMerge };

const BENCHMARKS = "gqa, textvqa, mme, mmbench, mmvet, pope, scienceqa, custom";
const POPE = "--benchmark pope --data x";

const NONE = "no such file or folder";
const WRONG: readonly (readonly [keyof typeof COMMANDS, string, string, number])[] = [
  ["transfer", "", "ADAPTER, TARGET: not given; see --help", 2],
  ["transfer", "--nosuch", "--nosuch: no such flag; see --help", 2],
  ["transfer", "--dtype foo", "--dtype=foo: expected one of keep, f32, f16, bf16; see --help", 2],
  ["transfer", "--outptu=x", "--outptu=x: no such flag; did you mean --output?; see --help", 2],
  ["transfer", "--dtype bf1", "--dtype=bf1: expected one of keep, f32, f16, bf16; did you mean bf16?; see --help", 2],
  ["transfer", "--k few", "--k=few: expected an integer; see --help", 2],
  ["transfer", "--source nosuch", `--source: nosuch: ${NONE}`, 1],
  ["transfer", "nosuch nosuch", `nosuch: ${NONE}`, 1],
  ["transfer", ". . --images x", "All of the following must be provided when using --images: --vision; see --help", 2],
  ["inspect", "", "SOURCE: not given; see --help", 2],
  ["inspect", "--nosuch --nor-this", "--nosuch, --nor-this: no such flag; see --help", 2],
  ["inspect", ". . x", "x: unexpected; see --help", 2],
  ["inspect", ". --html", "--html: expects a value; see --help", 2],
  ["eval", "", "--benchmark, --data: not given; name a benchmark and its folder, or --runs", 2],
  ["eval", `${POPE} --nosuch`, "--nosuch: no such flag; see --help", 2],
  ["eval", "--benchmark foo --data x", `--benchmark: foo: no such benchmark; expected one of ${BENCHMARKS}`, 2],
  ["eval", `${POPE} --limit 0`, "--limit=0: expected an integer greater than or equal to 1; see --help", 2],
  ["eval", `${POPE} --adapter nosuch`, `--adapter: nosuch: ${NONE}`, 1],
  ["eval", `${POPE} --answers a --conv x`, "--answers=a cannot also be provided when using --conv; see --help", 2],
  ["eval merge", "", "DIR: not given; see --help", 2],
  ["eval merge", "shard", "--output: not given; see --help", 2],
  ["eval merge", "shard -o x --nosuch", "--nosuch: no such flag; see --help", 2],
  [
    "eval merge",
    "-o x --baseline before.json shard",
    "DIR: not given; put arguments before --baseline, which takes all that follow; see --help",
    2,
  ],
];

describe("a wrong command line is one line", () => {
  test.each(WRONG)("%s %s", async (command, line, message, exitCode) => {
    const run = await runCommand(COMMANDS[command], line.split(" ").filter(Boolean));
    expect(run).toMatchObject({ stdout: "", stderr: `langbridge: ${message}\n`, exitCode });
  });
});

test("a wrong command line is one error object with --json", async () => {
  const run = await runCommand(Eval, ["--json", "--limit", "0"]);
  expect(run).toMatchObject({ stderr: "", exitCode: 2 });
  const message = "--limit=0: expected an integer greater than or equal to 1; see --help";
  expect(JSON.parse(run.stdout)).toEqual({ error: { name: "UsageError", message } });
});

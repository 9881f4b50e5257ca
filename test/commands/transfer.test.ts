import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import Transfer from "../../commands/transfer.js";
import type { TransferReport } from "../../src/transfer/report/report.js";
import { byteLevelTokenizer, makeAdapter, makeLlm, sentencePieceTokenizer } from "../helpers/make-folders.js";
import { runCommand } from "../helpers/run-command.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const [adapter, target, broken] = ["adapter", "target", "broken"].map((name) => join(root, name)) as [
  string,
  string,
  string,
];
makeLlm(target, { tokenizer: sentencePieceTokenizer(["▁the", "▁cat", "▁re", "d"]), hiddenSize: 4 });
makeLlm(broken, { tokenizer: byteLevelTokenizer([], []), hiddenSize: 4, config: { vocab_size: 7 } });
makeAdapter(adapter, { tokens: { Ġthe: 1, Ġred: 2, "\u0120\u001b[31m": 3 } });

describe("langbridge transfer", () => {
  test("--dry-run prints the plan in at most 100 columns and writes nothing", async () => {
    const output = join(root, "dry");
    const { stdout, exitCode } = await runCommand(Transfer, [adapter, target, "--output", output, "--dry-run"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('adapter (3 rows, mm_vocab.json) -> target ("model.embed_tokens.weight", 4 wide)');
    expect(stdout).toMatch(/subword +Ġred +▁re \+ d/);
    expect(stdout).toContain("dry run: nothing was written");
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(existsSync(output)).toBe(false);
  });

  test("what it prints cannot move the cursor of a terminal", async () => {
    const { stdout } = await runCommand(Transfer, [adapter, target, "--dry-run"]);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("Ġ␛[31m");
  });

  test("writes the folder, prints the report, and returns it for --json", async () => {
    const output = join(root, "out");
    const run = await runCommand<TransferReport>(Transfer, [adapter, target, "-o", output, "--missing", "drop"]);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/of rows +33\.3 % +0\.0 % +66\.7 %/);
    expect(JSON.parse(readFileSync(join(output, "transfer_report.json"), "utf8"))).toEqual(run.result);
    const json = await runCommand(Transfer, [adapter, target, "-o", output, "--missing", "drop", "--force", "--json"]);
    expect(JSON.parse(json.stdout)).toEqual(run.result);
  });

  test("an error is one line on stderr, in --json an object, and the exit code says so", async () => {
    const run = await runCommand(Transfer, [adapter, broken, "-o", join(root, "never")]);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toBe("");
    expect(run.stderr).toMatch(
      /^langbridge: .*broken: "model.embed_tokens.weight" is \(256, 4\), config.json says vocab_size 7.*\n$/,
    );
    const json = await runCommand(Transfer, [adapter, broken, "-o", join(root, "never"), "--json"]);
    expect(JSON.parse(json.stdout)).toEqual({
      error: { name: "InputError", message: expect.stringContaining("vocab_size 7") as unknown },
    });
  });

  test.each([[["--output", "x"], /absent: .*no such file|absent.*(neither|not)/]])(
    "a folder that is not there is named",
    async (flags, message) => {
      const { stderr, exitCode } = await runCommand(Transfer, [adapter, join(root, "absent"), ...flags]);
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(message);
    },
  );

  test("--override may be given several times, before the folders too", async () => {
    const overrides = ["--override", "Ġred= the", "--override", "Ġthe= cat"];
    const { stdout, exitCode } = await runCommand(Transfer, [...overrides, adapter, target, "--dry-run"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/override +2 /);
  });

  test("the flags that cannot be served are refused by name", async () => {
    expect((await runCommand(Transfer, [adapter, target])).stderr).toContain("--output: is missing");
    expect((await runCommand(Transfer, [adapter, target, "--missing", "guess"])).stderr).toContain("--missing=guess");
    expect((await runCommand(Transfer, [adapter, target, "--override", "x", "-o", "y"])).stderr).toMatch(
      /--override: "x" is not/,
    );
  });

  test.each([
    [["--align", "guess"], /--align=guess/],
    [["--align", "soft", "--temperature", "warm"], /--temperature: is "warm", expected a number/],
    [["--align", "sparse", "--threshold", ""], /--threshold: is "", expected a number/],
    [["--align", "sparse", "--k", "2.5"], /--k=2\.5: expected an integer/],
    [["--align", "sparse", "--images", "."], /must be provided when using --images: --vision/],
    [["--align", "none", "--k", "2"], /--k: --align none takes none; sparse does/],
  ])("settings of --align that cannot be used are refused: %j", async (flags, message) => {
    const { stderr, exitCode } = await runCommand(Transfer, [adapter, target, "-o", join(root, "no"), ...flags]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { jest } from "@jest/globals";
import { Config, type Command } from "@oclif/core";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");

export interface CommandRun<Result> {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** What `run()` returned, which is what `--json` prints; undefined after an error. */
  readonly result: Result | undefined;
}

type CommandClass = new (argv: string[], config: Config) => Command;
type CliError = Error & { oclif?: { exit?: number } };

/**
 * Runs a command from its source, as the binary would, and captures what it prints. With `--quiet`, so that stderr holds warnings and
 * errors alone, unless `says` asks for progress and remarks too.
 */
export async function runCommand<Result>(
  command: CommandClass,
  words: readonly string[],
  { says = false }: { readonly says?: boolean } = {},
): Promise<CommandRun<Result>> {
  const argv = says ? words : [...words, "--quiet"];
  const config = await Config.load({ root: ROOT, userPlugins: false });
  const output = captureOutput();
  process.exitCode = undefined;
  let result: Result | undefined;
  let failure: CliError | undefined;
  try {
    result = await (new command([...argv], config) as unknown as { _run: () => Promise<Result> })._run();
  } catch (error) {
    failure = error as CliError; // What bin/run.js prints: an error that is none of the command's own.
  } finally {
    output.restore();
  }
  const exitCode = Number(process.exitCode ?? (failure ? (failure.oclif?.exit ?? 1) : 0));
  process.exitCode = undefined;
  return { stdout: output.stdout(), stderr: output.stderr() + (failure?.message ?? ""), exitCode, result };
}

/** oclif prints by console.log, which Jest replaces; our own remarks go straight to the stream. */
function captureOutput(): { stdout: () => string; stderr: () => string; restore: () => void } {
  const [out, err]: [string[], string[]] = [[], []];
  const spies = [
    jest.spyOn(console, "log").mockImplementation((...args) => void out.push(`${format(...args)}\n`)),
    jest.spyOn(console, "error").mockImplementation((...args) => void err.push(`${format(...args)}\n`)),
    jest.spyOn(process.stdout, "write").mockImplementation((chunk) => out.push(String(chunk)) > 0),
    jest.spyOn(process.stderr, "write").mockImplementation((chunk) => err.push(String(chunk)) > 0),
  ];
  return {
    stdout: () => out.join(""),
    stderr: () => err.join(""),
    restore: () => spies.forEach((spy) => spy.mockRestore()),
  };
}

import { writeSync } from "node:fs";
import { constants, homedir } from "node:os";
import { Command, Flags, type Interfaces } from "@oclif/core";
import { InterruptedError, LangbridgeError } from "../src/errors.js";
import { printable } from "../src/layout/table.js";
import { flagError } from "./flag-error.js";
import { UsageError } from "./usage-error.js";
import { describeSystemError, hasCode } from "../src/files/system-error.js";
import { findFolder } from "../src/hub/find-folder.js";
import type { Part } from "../src/hub/fetch-part.js";
import { HUB_SCHEME } from "../src/hub/repository.js";
import { hubOfEnvironment } from "./hub.js";
import { removeUnfinished } from "../src/files/unfinished.js";
import { NO_PROGRESS, progressLine, type ProgressLine } from "./progress-line.js";

/** What asks a command to end: Ctrl-C, `kill`, a closed terminal. The exit code is 128 and the signal's number, as a shell reports it. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** How long a command may take to end in order, in milliseconds: nothing stops onnxruntime within a run, which can take minutes. */
const GRACE_MS = 500;

/** What every command shares: `--json`, `--quiet`, one-line errors, Ctrl-C as an AbortSignal, progress on stderr. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = {
    quiet: Flags.boolean({
      description: "say nothing of what is going on; warnings and errors are still shown",
      helpGroup: "GLOBAL",
    }),
    offline: Flags.boolean({
      description: "fetch nothing from the Hugging Face Hub; so does HF_HUB_OFFLINE=1",
      helpGroup: "GLOBAL",
    }),
  };

  private readonly controller = new AbortController();
  private readonly interrupt = (signal: NodeJS.Signals): void => {
    if (this.controller.signal.aborted) endBySignal(signal);
    this.interruptedExitCode = 128 + constants.signals[signal];
    this.grace = setTimeout(() => endBySignal(signal), GRACE_MS);
    this.controller.abort();
  };
  private grace: NodeJS.Timeout | undefined;
  private interruptedExitCode = 1;
  private line: ProgressLine | undefined;
  private isQuiet = false;
  private isOffline = false;

  /** Whether a signal ends the command in order. One that only reads ends at once instead, even in the middle of a long computation. */
  protected readonly endsInOrder: boolean = true;

  /** Fires at the first signal; the process ends at the second, or when it has not ended half a second later. */
  protected get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Redraws one line on stderr, or logs lines where that is no terminal; not with `--json` and `--quiet`. */
  protected get progress(): ProgressLine["report"] {
    this.line ??= this.jsonEnabled() || this.isQuiet ? NO_PROGRESS : progressLine(process.stderr);
    return this.line.report;
  }

  /** Whether tables may use colours: stdout is a terminal and NO_COLOR (https://no-color.org) is not set. */
  protected get colour(): boolean {
    return process.stdout.isTTY === true && !process.env["NO_COLOR"];
  }

  /** What is printed has nowhere to go: the disk is full, or who read it has ended, as `head` does, which is no error. */
  private readonly outputFailed = (error: Error): void => {
    if (hasCode(error, "EPIPE")) return;
    process.exitCode = 1;
    this.note(`langbridge: ${describeSystemError(error, "standard output", "cannot be written").message}`);
  };

  protected override async init(): Promise<void> {
    await super.init();
    this.argv = this.argv.map((word) => atHome(word, this.ctor.flags ?? {}));
    // oclif's own listener ends the process with a stack trace.
    process.stdout.removeAllListeners("error").on("error", this.outputFailed);
    if (this.endsInOrder) for (const signal of SIGNALS) process.on(signal, this.interrupt);
  }

  protected override async parse<
    Flag extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    Base extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    Arg extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<Flag, Base, Arg>, argv?: string[]): Promise<Interfaces.ParserOutput<Flag, Base, Arg>> {
    const parsed = await super.parse<Flag, Base, Arg>(options, argv);
    const { quiet, offline } = parsed.flags as { readonly quiet?: boolean; readonly offline?: boolean };
    this.isQuiet = quiet === true;
    this.isOffline = offline === true;
    for (const values of [parsed.args, parsed.flags]) await this.fetchNamed(values, parsed);
    return parsed;
  }

  /** What of the weights of a repository this command reads, by the argument or flag that names it; all of them when left out. */
  protected readonly partOf?: (name: string, flags: Readonly<Record<string, unknown>>) => Part | undefined;

  /** The folder of `org/name` or an address of the Hub, fetched where it is not here. */
  protected readonly fetchFolder = async (argument: string, part?: Part): Promise<string> => {
    const hub = await hubOfEnvironment(process.env);
    return findFolder(argument, {
      ...hub,
      ...{ offline: hub.offline === true || this.isOffline, cacheFolder: this.config.cacheDir, part },
      ...{ signal: this.signal, onProgress: this.progress, onNote: (note: string) => this.remark(note) },
    });
  };

  /** Puts folders in the place of addresses of the Hub, one after another. */
  private async fetchNamed(
    values: Record<string, unknown>,
    { flags }: { readonly flags: Readonly<Record<string, unknown>> },
  ): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      const fetched: unknown[] = [];
      for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
        const isAddress = typeof one === "string" && one.startsWith(HUB_SCHEME);
        fetched.push(isAddress ? await this.fetchFolder(one, this.partOf?.(name, flags)) : one);
      }
      values[name] = Array.isArray(value) ? fetched : fetched[0];
    }
  }

  /** Prints a result as `format` lays it out, and returns it for `--json`. */
  protected show<Result>(result: Result, format: (result: Result) => string): Result {
    this.line?.end();
    this.log(format(result));
    return result;
  }

  /** Clears the line of progress, before something else is written than by `show` and `note`. */
  protected endProgress(): void {
    this.line?.end();
  }

  /** Prints a remark that `--quiet` and `--json` silence. */
  protected remark(message: string): void {
    if (!this.isQuiet && !this.jsonEnabled()) this.note(message);
  }

  /** Prints a warning or an error as one line; it belongs to no result, so it never mixes with what is piped on. */
  protected note(message: string): void {
    this.line?.clear();
    process.stderr.write(`${printable(message)}\n`);
  }

  protected override async catch(thrown: Error & { oclif?: { exit?: number } }): Promise<unknown> {
    const error = flagError(thrown, this.argv, Object.keys(this.ctor.flags ?? {}));
    if (!(error instanceof LangbridgeError)) return (await super.catch(error)) as unknown;
    this.parsed = true; // Else oclif adds a warning where NODE_ENV says development or test.
    process.exitCode = this.exitCodeOf(error, thrown.oclif?.exit);
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(error));
    else this.note(`langbridge: ${error.message}`);
    return undefined;
  }

  private exitCodeOf(error: LangbridgeError, ofOclif: number | undefined): number {
    if (error instanceof InterruptedError) return this.interruptedExitCode;
    return ofOclif ?? (error instanceof UsageError ? 2 : 1);
  }

  protected override toErrorJson(error: unknown): unknown {
    const { name, message } = error as Error;
    return { error: { name, message } };
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    this.line?.end();
    clearTimeout(this.grace);
    for (const signal of SIGNALS) process.removeListener(signal, this.interrupt);
    await super.finally(error);
  }
}

/**
 * Ends the process as the signal would if nobody listened, whatever its threads are doing, and leaves nothing unfinished. To exit would wait
 * for the thread of the model, which is in the middle of a run.
 */
function endBySignal(signal: NodeJS.Signals): void {
  removeUnfinished();
  writeSync(process.stderr.fd, "langbridge: interrupted while the model was running\n");
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Flags of files and folders, by what the help calls their values. */
const PATHS: ReadonlySet<string | undefined> = new Set(["DIR", "FILE", "RESULTS"]);

/** `--output=~/x` with the user's folder in place of `~`, which shells leave there behind a `=`. */
function atHome(word: string, flags: Command.Class["flags"]): string {
  const [, name, rest] = /^--([a-z-]+)=~(\/.*)?$/s.exec(word) ?? [];
  const flag = name === undefined ? undefined : flags[name];
  const value = flag?.type === "option" ? flag.helpValue : undefined;
  return typeof value === "string" && PATHS.has(value) ? `--${name}=${homedir()}${rest ?? ""}` : word;
}

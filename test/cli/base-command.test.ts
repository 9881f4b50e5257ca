import { expect, jest, test } from "@jest/globals";
import { BaseCommand } from "../../cli/base-command.js";
import { InputError, throwIfAborted } from "../../src/errors.js";
import { runCommand } from "../helpers/run-command.js";

/** Is sent a signal while it works, as Ctrl-C and `kill` do. */
class Interrupted extends BaseCommand {
  static override strict = false;

  override run(): Promise<never> {
    process.emit(this.argv[0] as NodeJS.Signals, this.argv[0] as NodeJS.Signals);
    throwIfAborted(this.signal);
    throw new Error("the signal did not arrive");
  }
}

// 128 and the number of the signal, as a shell reports a process that a signal ended.
test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
])("%s ends a command with exit code %p, one line and no listener left behind", async (signal, exitCode) => {
  const before = [process.listenerCount("SIGINT"), process.listenerCount("SIGTERM")];
  const run = await runCommand(Interrupted, [signal]);
  expect(run).toMatchObject({ exitCode, stdout: "", stderr: "langbridge: interrupted; nothing was written\n" });
  expect([process.listenerCount("SIGINT"), process.listenerCount("SIGTERM")]).toEqual(before);
});

/** Meets a file whose name would move the cursor and colour the rest of the screen. */
class Hostile extends BaseCommand {
  override run(): Promise<never> {
    this.note("warning: a\nb.png");
    throw new InputError("a\nb\u001b[31mX.png: is not an image");
  }
}

test("notes and errors are one line each, whatever names they quote", async () => {
  const { stderr, exitCode } = await runCommand(Hostile, []);
  expect(stderr).toBe("warning: a␊b.png\nlangbridge: a␊b␛[31mX.png: is not an image\n");
  expect(exitCode).toBe(1);
});

/** Remarks on something, warns and fails. */
class Talkative extends BaseCommand {
  static override strict = false;

  override async run(): Promise<never> {
    await this.parse(Talkative);
    this.remark("kept in cache");
    this.note("warning: odd");
    throw new InputError("bad");
  }
}

test("--quiet silences remarks, and no warning or error", async () => {
  expect((await runCommand(Talkative, [], { says: true })).stderr).toBe(
    "kept in cache\nwarning: odd\nlangbridge: bad\n",
  );
  expect((await runCommand(Talkative, ["--quiet"], { says: true })).stderr).toBe("warning: odd\nlangbridge: bad\n");
});

/** Takes two minutes and says how far it is. */
class Slow extends BaseCommand {
  static override strict = false;

  override async run(): Promise<void> {
    await this.parse(Slow);
    for (let minute = 0; minute <= 2; minute++) {
      this.progress({ stage: "working", done: minute, total: 2 });
      jest.advanceTimersByTime(60_000);
    }
  }
}

test.each([
  ["in a log is a line at once and one each minute", false, [], /^working {2}0 % {2}0 \/ 2\n(working .*\n){3}$/],
  ["in a log under --quiet is nothing", false, ["--quiet"], /^$/],
  ["on a terminal under --quiet is nothing", true, ["--quiet"], /^$/],
  ["on a terminal under --json is nothing", true, ["--json"], /^$/],
])("progress of two minutes %s", async (_, isTTY, argv, stderr) => {
  jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
  const before = process.stderr.isTTY;
  process.stderr.isTTY = isTTY;
  try {
    expect(await runCommand(Slow, argv, { says: true })).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(stderr),
    });
  } finally {
    process.stderr.isTTY = before;
    jest.useRealTimers();
  }
});

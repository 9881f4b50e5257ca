import type { Progress, ProgressStep } from "../src/progress.js";
import { fit, printable } from "../src/layout/table.js";

/** Shortest time between two redraws, in milliseconds: a terminal shows no more, and writing is not free. */
const REDRAW_INTERVAL_MS = 100;

/** Time between two redraws of a stage that reports nothing, in milliseconds: its seconds go on, so one sees that it lives. */
const TICK_MS = 1000;

/** From when on a stage whose end is unknown shows its seconds. */
const SHOWN_FROM_SECONDS = 2;

/** Time between two lines of a log about one stage, in milliseconds: enough to see that a job lives, 1,440 lines a day. */
const LOG_INTERVAL_MS = 60_000;

/** Goes to the margin and clears what stands on the line. */
const CLEAR = "\r\u001b[K";

export interface ProgressLine {
  readonly report: Progress;
  /** Clears the line, so that what is printed next starts at the margin; the stage goes on. */
  readonly clear: () => void;
  /** Clears the line and ends the stage: nothing is drawn before the next report. */
  readonly end: () => void;
}

const nothing = (): void => undefined;

export const NO_PROGRESS: ProgressLine = { report: nothing, clear: nothing, end: nothing };

/** A single line on `stream` that is redrawn in place; where the stream is no terminal, a plain line for each stage and each minute of it. */
export const progressLine = (stream: NodeJS.WriteStream): ProgressLine =>
  stream.isTTY ? redrawnLine(stream) : loggedLines(stream);

function redrawnLine(stream: NodeJS.WriteStream): ProgressLine {
  let drawnAt = 0;
  const stage = new RunningStage(TICK_MS, (text) => {
    drawnAt = Date.now();
    stream.write(CLEAR + fit(text, roomOf(stream)));
  });
  const clear = (): void => {
    if (drawnAt > 0) stream.write(CLEAR);
  };
  return {
    report(step) {
      const isSoon = Date.now() - drawnAt < REDRAW_INTERVAL_MS;
      stage.follow(step);
      if (!isSoon || step.done >= step.total) stage.show();
    },
    clear,
    end() {
      stage.end();
      clear();
    },
  };
}

/** Cells that text may take: a line that wraps would not be cleared, and some terminals wrap once the last is filled. */
const roomOf = ({ columns }: NodeJS.WriteStream): number => (columns > 0 ? Math.max(1, columns - 1) : Infinity);

function loggedLines(stream: NodeJS.WriteStream): ProgressLine {
  let loggedAt = 0;
  const stage = new RunningStage(LOG_INTERVAL_MS, (text) => {
    loggedAt = Date.now();
    stream.write(`${text}\n`);
  });
  return {
    report(step) {
      const isNew = stage.follow(step);
      if (isNew || Date.now() - loggedAt >= LOG_INTERVAL_MS) stage.show();
    },
    clear: nothing,
    end: () => stage.end(),
  };
}

/** The stage that runs, which is shown again after each `interval` without a report: some steps take minutes. */
class RunningStage {
  #step: ProgressStep | undefined;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly interval: number,
    private readonly write: (text: string) => void,
  ) {}

  /** Returns whether this step begins another stage. */
  follow(step: ProgressStep): boolean {
    const isNew = step.stage !== this.#step?.stage;
    if (isNew) this.#startedAt = Date.now();
    this.#step = step;
    return isNew;
  }

  show(): void {
    if (this.#step === undefined) return;
    this.write(describe(this.#step, (Date.now() - this.#startedAt) / 1000));
    clearTimeout(this.#timer);
    // It keeps no process alive.
    this.#timer = setTimeout(() => this.show(), this.interval).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#step = undefined;
  }
}

function describe({ stage, done, total, unit, detail }: ProgressStep, seconds: number): string {
  const details = detail === undefined ? "" : `, ${detail}`;
  if (total === 0) return printable(`${stage}${details}${secondsSoFar(seconds)}`);
  const percent = Math.floor((100 * done) / total);
  const amount = unit === "bytes" ? `${megabytes(done)} / ${megabytes(total)} MB` : `${done} / ${total} ${unit ?? ""}`;
  return printable(`${stage}  ${percent} %  ${amount.trimEnd()}${details}`);
}

const secondsSoFar = (seconds: number): string =>
  seconds < SHOWN_FROM_SECONDS ? "" : `, ${Math.floor(seconds)} s so far`;

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e6 ? 1 : 0);

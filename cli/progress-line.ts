import type { Progress, ProgressStep } from "../src/progress.js";
import { fit, printable } from "../src/layout/table.js";

/** Shortest time between two redraws, in milliseconds: a terminal shows no more, and writing is not free. */
const REDRAW_INTERVAL_MS = 100;

/** Time between two lines of a log, in milliseconds: enough to see that a job lives, 1,440 lines a day. */
const LOG_INTERVAL_MS = 60_000;

/** Goes to the margin and clears what stands on the line. */
const CLEAR = "\r\u001b[K";

export interface ProgressLine {
  readonly report: Progress;
  /** Clears the line, so that what is printed next starts at the margin. */
  readonly end: () => void;
}

export const NO_PROGRESS: ProgressLine = { report: () => undefined, end: () => undefined };

/** A single line on `stream` that is redrawn in place; where the stream is no terminal, one plain line a minute. */
export const progressLine = (stream: NodeJS.WriteStream): ProgressLine =>
  stream.isTTY ? redrawnLine(stream) : loggedLines(stream);

function redrawnLine(stream: NodeJS.WriteStream): ProgressLine {
  let drawnAt = 0;
  return {
    report(step) {
      const now = Date.now();
      if (now - drawnAt < REDRAW_INTERVAL_MS && step.done < step.total) return;
      drawnAt = now;
      stream.write(CLEAR + fit(describe(step), roomOf(stream)));
    },
    end() {
      if (drawnAt > 0) stream.write(CLEAR);
    },
  };
}

/** Cells that text may take: a line that wraps would not be cleared, and some terminals wrap once the last is filled. */
const roomOf = ({ columns }: NodeJS.WriteStream): number => (columns > 0 ? Math.max(1, columns - 1) : Infinity);

/** The first minute stays silent too: most commands are done by then. */
function loggedLines(stream: NodeJS.WriteStream): ProgressLine {
  let loggedAt = Date.now();
  return {
    report(step) {
      const now = Date.now();
      if (now - loggedAt < LOG_INTERVAL_MS) return;
      loggedAt = now;
      stream.write(`${describe(step)}\n`);
    },
    end: () => undefined,
  };
}

function describe({ stage, done, total, unit }: ProgressStep): string {
  if (total === 0) return printable(stage);
  const percent = Math.floor((100 * done) / total);
  const amount = unit === "bytes" ? `${megabytes(done)} / ${megabytes(total)} MB` : `${done} / ${total} ${unit ?? ""}`;
  return printable(`${stage}  ${percent} %  ${amount}`.trimEnd());
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

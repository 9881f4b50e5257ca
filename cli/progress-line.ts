import type { Progress, ProgressStep } from "../src/progress.js";

/** Shortest time between two redraws, in milliseconds: a terminal shows no more, and writing is not free. */
const REDRAW_INTERVAL_MS = 100;

export interface ProgressLine {
  readonly report: Progress;
  /** Clears the line, so that what is printed next starts at the margin. */
  readonly end: () => void;
}

/** A single line on `stream` that is redrawn in place; silent when the stream is no terminal. */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  if (!stream.isTTY) return { report: () => undefined, end: () => undefined };
  let drawnAt = 0;
  return {
    report(step) {
      const now = Date.now();
      if (now - drawnAt < REDRAW_INTERVAL_MS && step.done < step.total) return;
      drawnAt = now;
      stream.write(`\r\u001b[K${describe(step)}`);
    },
    end() {
      if (drawnAt > 0) stream.write("\r\u001b[K");
    },
  };
}

function describe({ stage, done, total, unit }: ProgressStep): string {
  if (total === 0) return stage;
  const percent = Math.floor((100 * done) / total);
  const amount = unit === "bytes" ? `${megabytes(done)} / ${megabytes(total)} MB` : `${done} / ${total} ${unit ?? ""}`;
  return `${stage}  ${percent} %  ${amount}`;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

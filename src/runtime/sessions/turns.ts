import { InterruptedError } from "../../errors.js";

/** Runs tasks that share something one after another, in the order in which they were asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs `task` once the tasks before it have ended, in whatever way, and returns its result.
   *
   * @throws InterruptedError at once when `signal` fires before the turn has come; the task is then never run
   */
  async take<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#last;
    const turn = before.then(() => {
      if (signal?.aborted) throw interrupted();
      return task();
    });
    this.#last = turn.catch(() => undefined);
    await unlessAborted(before, signal);
    return turn;
  }
}

const interrupted = (): InterruptedError => new InterruptedError("interrupted before the model was run");

async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return void (await promise);
  if (signal.aborted) throw interrupted();
  let abort: () => void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(interrupted());
    signal.addEventListener("abort", abort, { once: true });
  });
  await Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}

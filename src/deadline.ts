import { setImmediate } from "node:timers/promises";
import { createContext, Script } from "node:vm";
import { InputError } from "./errors.js";

/** How long work may take, and what to say when it takes longer. */
export interface Deadline {
  readonly milliseconds: number;
  readonly message: string;
}

const place = createContext({ work: undefined as unknown });
const call = new Script("work()");

/**
 * Does work that a file controls, such as matching its regular expressions, and stops it when its time is over. Nothing
 * else of the thread runs meanwhile, and the call itself takes some 0.2 ms.
 *
 * @throws InputError with the message given when the time is over; what the work throws
 */
export function withinDeadline<T>(work: () => T, { milliseconds, message }: Deadline): T {
  place["work"] = work;
  try {
    return call.runInContext(place, { timeout: milliseconds }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | null)?.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new InputError(message, { cause: error });
  } finally {
    place["work"] = undefined;
  }
}

/** Lets signals and timers that wait have their turn between two long steps, each of which takes up to a second for the largest files. */
export const betweenSteps = (): Promise<void> => setImmediate();

import { singleLine } from "./printable.js";

/** Longest message of an error, in characters; the longest of this tool's own have some 400, the rest is the user's paths and names. */
const MAX_MESSAGE = 2000;

/** Base of every error this library throws on purpose: one line with where, what, got, expected and the way out. */
export class LangbridgeError extends Error {
  override name = "LangbridgeError";

  /** Names from files may hold anything: a message stays one line of bounded length, whatever it repeats. */
  constructor(message: string, options?: ErrorOptions) {
    super(singleLine(bounded(message)), options);
  }
}

/** A file, folder or option is wrong; the same call fails again until the caller changes its input. */
export class InputError extends LangbridgeError {
  override name = "InputError";
}

/** This machine lacks something (a library, a device, memory, disk space, a permission); the input itself is fine. */
export class UnavailableError extends LangbridgeError {
  override name = "UnavailableError";
}

/** The caller's AbortSignal fired; nothing was left behind and the call may be repeated as it is. */
export class InterruptedError extends LangbridgeError {
  override name = "InterruptedError";
}

/**
 * Called between the steps of long work.
 *
 * @throws InterruptedError when `signal` has fired
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError("interrupted; nothing was written");
}

/** The middle of a long message goes: the file stands at its beginning, the way out at its end. */
function bounded(message: string): string {
  if (message.length <= MAX_MESSAGE) return message;
  const half = MAX_MESSAGE / 2;
  return `${message.slice(0, half)} … ${message.slice(-half)}`;
}

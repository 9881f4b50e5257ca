/** Base of every error this library throws on purpose: one line with where, what, got, expected and the way out. */
export class LangbridgeError extends Error {
  override name = "LangbridgeError";
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

/** Throws InterruptedError when `signal` has fired; called between steps of long work. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError("interrupted; nothing was written");
}

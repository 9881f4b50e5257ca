/** An exception of Python's that a template meets; its kind decides who catches it. */
export class PythonError extends Error {
  constructor(
    readonly kind: PythonErrorKind,
    message: string,
  ) {
    super(message);
  }
}

export type PythonErrorKind =
  | "AssertionError"
  | "FilterArgumentError"
  | "IndexError"
  | "KeyError"
  | "OverflowError"
  | "RuntimeError"
  | "SecurityError"
  | "TemplateError"
  | "TemplateRuntimeError"
  | "TypeError"
  | "UndefinedError"
  | "ValueError"
  | "ZeroDivisionError";

/** The template does what this interpreter has no exact equivalent for, or more than it may. */
export class Refusal extends Error {}

export const typeError = (message: string): PythonError => new PythonError("TypeError", message);
export const valueError = (message: string): PythonError => new PythonError("ValueError", message);

/** Whether a value was thrown by Python's rules with one of these kinds. */
export const isKind = (error: unknown, ...kinds: readonly PythonErrorKind[]): boolean =>
  error instanceof PythonError && kinds.includes(error.kind);

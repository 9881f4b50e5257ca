import { Environment, Interpreter, Template } from "@huggingface/jinja";

/** The parts of the package that are used; NodeNext cannot resolve its own type files (0.5.11: relative imports without ".js"). */
interface JinjaEnvironment {
  set(name: string, value: unknown): void;
}
const JinjaEnvironment = Environment as unknown as new () => JinjaEnvironment;
const JinjaInterpreter = Interpreter as unknown as new (globals: JinjaEnvironment) => {
  run(program: unknown): { readonly value: unknown };
};

/**
 * The day on which every template is rendered, so that a question makes the same prompt whenever it is asked. It is the
 * day that Llama 3.1's template falls back to.
 */
const TODAY: Readonly<Record<string, string>> = {
  "%d": "26",
  "%m": "07",
  "%b": "Jul",
  "%B": "July",
  "%Y": "2024",
  "%y": "24",
  "%a": "Fri",
  "%A": "Friday",
  "%H": "00",
  "%M": "00",
  "%S": "00",
};

/** What transformers gives every chat template besides its variables. */
const GLOBALS: Readonly<Record<string, unknown>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  range,
  strftime_now: (format: string) => format.replace(/%[a-zA-Z]/g, (code) => TODAY[code] ?? code),
  raise_exception: (message: string) => {
    throw new Error(message);
  },
};

/** Longest range, in numbers: a template goes through messages and their parts, of which there are a few. */
const MAX_RANGE = 100_000;

/** Python's range for a positive step. */
function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= MAX_RANGE)) throw new Error(`range of ${length} numbers, at most ${MAX_RANGE} are made`);
  return Array.from({ length }, (_, index) => from + index * step);
}

/**
 * Renders a Jinja template as transformers sets it up: trim_blocks and lstrip_blocks.
 *
 * @throws what the template raises
 */
export function renderJinja(source: string, variables: Readonly<Record<string, unknown>>): string {
  const globals = new JinjaEnvironment();
  for (const [name, value] of Object.entries({ ...GLOBALS, ...variables })) globals.set(name, value);
  return String(new JinjaInterpreter(globals).run(new Template(source).parsed).value);
}

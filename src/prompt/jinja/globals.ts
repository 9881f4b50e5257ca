import { bind } from "./arguments.js";
import { spend } from "./budget.js";
import { formatTime } from "./clock.js";
import { PythonError, Refusal, typeError, valueError } from "./python-error.js";
import { countOf } from "./points.js";
import { textOf } from "./to-text.js";
import {
  Callable,
  Dict,
  iterate,
  listOf,
  Namespace,
  PythonObject,
  Range,
  typeOf,
  Undefined,
  type Arguments,
  type PythonValue,
  orElse,
} from "./values.js";

/** The longest range of Jinja's sandbox. */
const MAX_RANGE = 100_000;

const func = (call: (given: Arguments) => PythonValue): Callable => new Callable(call);

/** What transformers and Jinja give to every template besides its variables. */
export const GLOBALS: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ["range", func(range)],
  ["dict", func(dictOf)],
  ["namespace", func((given) => namespaceOf(given))],
  ["cycler", func(({ positional }) => new Cycler(positional))],
  ["joiner", func((given) => joiner(orElse(bind("joiner", ["sep?"], given)[0], () => ", ")))],
  [
    "lipsum",
    func(() => {
      throw new Refusal("lipsum makes random text");
    }),
  ],
  ["strftime_now", func((given) => timeText(bind("strftime_now", ["format"], given)[0]!))],
  [
    "raise_exception",
    func((given) => {
      throw new PythonError("TemplateError", textOf(bind("raise_exception", ["message"], given)[0]!));
    }),
  ],
]);

function timeText(format: PythonValue): PythonValue {
  if (typeof format !== "string") throw typeError("strftime_now expects a text");
  return formatTime(format);
}

function range({ positional, named }: Arguments): PythonValue {
  if (named.size > 0) throw typeError("range() takes no keyword arguments");
  if (positional.length < 1 || positional.length > 3) throw typeError("range expects 1 to 3 arguments");
  const numbers = positional.map((value) => (value instanceof Undefined ? notAnInt(value) : countOf(value)));
  const [start, stop, step] = numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
  if (step === 0) throw valueError("range() arg 3 must not be zero");
  if (![start, stop, step].every(Number.isSafeInteger)) throw new Refusal("a range beyond 2^53 is not supported");
  const made = new Range(start, stop, step);
  if (made.length > MAX_RANGE)
    throw new PythonError("OverflowError", `range of ${made.length} numbers, at most ${MAX_RANGE} are made`);
  return made;
}

function notAnInt(value: PythonValue): never {
  throw typeError(`'${typeOf(value)}' object cannot be interpreted as an integer`);
}

/** Python's `dict(...)`. */
function dictOf({ positional, named }: Arguments): Dict {
  if (positional.length > 1) throw typeError(`dict expected at most 1 argument, got ${positional.length}`);
  const [from] = positional;
  return new Dict([...(from === undefined ? [] : entriesOf(from)), ...named]);
}

function entriesOf(value: PythonValue): readonly (readonly [PythonValue, PythonValue])[] {
  if (value instanceof Dict) return value.entries();
  if (value instanceof Undefined) return [];
  return listOf(value).map((pair) => {
    const items = [...iterate(pair)];
    if (items.length !== 2) throw valueError("an entry of a dict is not a pair");
    return [items[0]!, items[1]!];
  });
}

function namespaceOf(given: Arguments): Namespace {
  const namespace = new Namespace(new Dict());
  for (const [key, value] of dictOf(given).entries()) {
    if (typeof key === "string") namespace.set(key, value);
    else namespace.dict.set(key, value);
  }
  return namespace;
}

/** `cycler(...)`: one value after the other, again and again. */
class Cycler extends PythonObject {
  readonly type = "Cycler";
  #position = 0;

  constructor(private readonly items: readonly PythonValue[]) {
    super();
    if (items.length === 0) throw new PythonError("RuntimeError", "at least one item has to be provided");
    spend(items.length);
  }

  override attribute(name: string): PythonValue | undefined {
    const current = this.items[this.#position]!;
    switch (name) {
      case "current":
        return current;
      case "pos":
        return BigInt(this.#position);
      case "next":
      case "reset":
        return func((given) => {
          bind(name, [], given);
          const item = this.items[this.#position]!;
          this.#position = name === "next" ? (this.#position + 1) % this.items.length : 0;
          return name === "next" ? item : null;
        });
      default:
        return undefined;
    }
  }
}

/** `joiner(...)`: nothing at the first call, and what joins at all others. */
function joiner(between: PythonValue): Callable {
  let used = false;
  return func((given) => {
    bind("joiner", [], given);
    if (used) return between;
    used = true;
    return "";
  });
}

import { PythonError, typeError } from "./python-error.js";
import { isEqual } from "./python-operators.js";
import { bind } from "./arguments.js";
import { Callable, iteratorOf, lengthOf, Tuple, typeOf, Undefined, type PythonValue, orElse } from "./values.js";

/** `loop` in the body of a loop. It looks one item ahead only when it is asked for what needs that. */
export class Loop extends Callable {
  override readonly type = "LoopContext";
  #iterator: Iterator<PythonValue>;
  #length: number | undefined;
  #ahead: PythonValue | undefined;
  #current: PythonValue | undefined;
  #before: PythonValue | undefined;
  #changed: PythonValue | undefined;
  #index0 = -1;

  constructor(
    over: PythonValue,
    private readonly depth0: number,
    /** Renders the loop again over other items; only a recursive loop has it. */
    recurse: ((over: PythonValue, depth0: number) => string) | undefined,
  ) {
    super((given) => {
      const [inner] = bind("loop", ["iterable"], given);
      if (recurse === undefined) throw typeError("The loop must have the 'recursive' marker to be called recursively.");
      return recurse(inner!, depth0 + 1);
    });
    const iterator = iteratorOf(over);
    if (iterator === undefined) throw typeError(`'${typeOf(over)}' object is not iterable`);
    this.#iterator = iterator;
    this.#length = lengthOf(over);
  }

  /** Moves on to the next item; undefined at the end. */
  next(): PythonValue | undefined {
    const item = this.#peek();
    this.#ahead = undefined;
    if (item === undefined) return undefined;
    this.#index0++;
    this.#before = this.#current;
    this.#current = item;
    return item;
  }

  #peek(): PythonValue | undefined {
    if (this.#ahead === undefined) this.#ahead = take(this.#iterator);
    return this.#ahead;
  }

  /** Of what has no length the rest is read to count it. */
  get length(): number {
    if (this.#length === undefined) {
      const rest: PythonValue[] = [];
      for (let item = take(this.#iterator); item !== undefined; item = take(this.#iterator)) rest.push(item);
      this.#iterator = rest[Symbol.iterator]();
      this.#length = rest.length + this.#index0 + 1 + (this.#ahead === undefined ? 0 : 1);
    }
    return this.#length;
  }

  override attribute(name: string): PythonValue | undefined {
    return Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name]!(this) : undefined;
  }

  static readonly attributes: Readonly<Record<string, (loop: Loop) => PythonValue>> = {
    depth: (loop) => BigInt(loop.depth0 + 1),
    depth0: (loop) => BigInt(loop.depth0),
    first: (loop) => loop.#index0 === 0,
    index: (loop) => BigInt(loop.#index0 + 1),
    index0: (loop) => BigInt(loop.#index0),
    last: (loop) => loop.#peek() === undefined,
    length: (loop) => BigInt(loop.length),
    nextitem: (loop) => orElse(loop.#peek(), () => new Undefined("there is no next item")),
    previtem: (loop) => (loop.#index0 === 0 ? new Undefined("there is no previous item") : loop.#before!),
    revindex: (loop) => BigInt(loop.length - loop.#index0),
    revindex0: (loop) => BigInt(loop.length - loop.#index0 - 1),
    cycle: (loop) =>
      new Callable(({ positional, named }) => {
        if (named.size > 0 || positional.length === 0) throw new PythonError("TypeError", "no items for cycling given");
        return positional[loop.#index0 % positional.length]!;
      }),
    changed: (loop) =>
      new Callable(({ positional }) => {
        const given = new Tuple(positional);
        if (loop.#changed !== undefined && isEqual(loop.#changed, given)) return false;
        loop.#changed = given;
        return true;
      }),
  };
}

const ATTRIBUTES = Loop.attributes;

function take(iterator: Iterator<PythonValue>): PythonValue | undefined {
  const next = iterator.next();
  return next.done === true ? undefined : next.value;
}

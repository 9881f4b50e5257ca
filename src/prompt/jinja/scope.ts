import { GLOBALS } from "./globals.js";
import { Undefined, type PythonValue, orElse } from "./values.js";

/** The variables of a stretch of a template; what it sets ends with it. */
export class Scope {
  readonly #values = new Map<string, PythonValue>();

  constructor(private readonly outer?: Scope) {}

  /** A variable of this scope or one around it, else what every template has, else an undefined value. */
  get(name: string): PythonValue {
    const other = (): PythonValue => orElse(GLOBALS.get(name), () => new Undefined(`'${name}' is undefined`));
    return orElse(this.#find(name), other);
  }

  #find(name: string): PythonValue | undefined {
    const own = this.#values.get(name);
    if (own !== undefined || this.outer === undefined) return own;
    return this.outer.#find(name);
  }

  set(name: string, value: PythonValue): void {
    this.#values.set(name, value);
  }
}

import { typeError } from "./python-error.js";
import { evaluate } from "./evaluate-expression.js";
import type { Body, Signature } from "./nodes.js";
import { Scope } from "./scope.js";
import { Callable, Dict, Tuple, Undefined, type Arguments, type PythonValue, orElse } from "./values.js";

/** A macro, or the body of a call block, which its macro gets as `caller`. */
class Macro extends Callable {
  override readonly type = "Macro";
}

export interface MacroOptions {
  readonly name: string;
  readonly signature: Signature;
  readonly body: Body;
  /** Where it is defined: it sees these variables as they are when it is called. */
  readonly scope: Scope;
  readonly render: (body: Body, scope: Scope) => string;
}

/** Makes a macro. `caller`, `varargs` and `kwargs` take what its parameters do not, where its body names them. */
export function makeMacro({ name, signature, body, scope, render }: MacroOptions): Macro {
  const { names, defaults } = signature;
  const takes = (special: string): boolean => !names.includes(special) && namesVariable(body, special);
  const [takesCaller, takesNamed, takesRest] = [takes("caller"), takes("kwargs"), takes("varargs")];
  return new Macro((given) => {
    const inner = new Scope(scope);
    const named = new Map(given.named);
    const missing = names.filter((parameter, index) => {
      const value = index < given.positional.length ? given.positional[index]! : take(named, parameter);
      if (value !== undefined) inner.set(parameter, value);
      return value === undefined;
    });
    if (takesCaller)
      inner.set(
        "caller",
        orElse(take(named, "caller"), () => new Undefined("No caller defined")),
      );
    setRest(inner, given, named);
    for (const parameter of missing) {
      const written = defaults[names.indexOf(parameter) - names.length + defaults.length];
      const other = written === undefined ? undefined : evaluate(written, inner);
      inner.set(
        parameter,
        orElse(other, () => new Undefined(`parameter '${parameter}' was not provided`)),
      );
    }
    return render(body, inner);
  });

  function setRest(inner: Scope, given: Arguments, named: ReadonlyMap<string, PythonValue>): void {
    if (takesNamed) inner.set("kwargs", new Dict(named));
    else if (named.size > 0) throw typeError(`macro '${name}' takes no keyword argument '${[...named.keys()][0]}'`);
    if (takesRest) inner.set("varargs", new Tuple(given.positional.slice(names.length)));
    else if (given.positional.length > names.length) {
      throw typeError(`macro '${name}' takes not more than ${names.length} argument(s)`);
    }
  }
}

function take(named: Map<string, PythonValue>, name: string): PythonValue | undefined {
  const value = named.get(name);
  named.delete(name);
  return value;
}

/** Whether a variable of this name is read anywhere in a part of a template. */
export function namesVariable(part: unknown, name: string): boolean {
  if (Array.isArray(part)) return part.some((inner) => namesVariable(inner, name));
  if (typeof part !== "object" || part === null) return false;
  const node = part as { readonly kind?: unknown; readonly name?: unknown };
  if (node.kind === "name" && node.name === name) return true;
  return Object.entries(part).some(([key, inner]) => key !== "target" && namesVariable(inner, name));
}

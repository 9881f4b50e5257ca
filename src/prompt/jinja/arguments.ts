import { typeError } from "./python-error.js";
import type { Arguments, PythonValue } from "./values.js";

/** Parameters in their order: "name?" may be left out, and one with "/" at its end may not be given by its name. */
export type Parameters = readonly string[];

/**
 * The values of parameters in their order; undefined for those that are left out.
 *
 * @throws PythonError where Python refuses the call
 */
export function bind(callee: string, parameters: Parameters, given: Arguments): (PythonValue | undefined)[] {
  const names = parameters.map((parameter) => parameter.replace(/[?/]+$/, ""));
  if (given.positional.length > names.length) {
    throw typeError(`${callee}() takes ${names.length} arguments, got ${given.positional.length}`);
  }
  const bound: (PythonValue | undefined)[] = names.map((_, index) => given.positional[index]);
  for (const [name, value] of given.named) {
    const index = names.indexOf(name);
    if (index === -1 || parameters[index]!.endsWith("/")) {
      throw typeError(`${callee}() got an unexpected keyword argument '${name}'`);
    }
    if (index < given.positional.length) throw typeError(`${callee}() got multiple values for argument '${name}'`);
    bound[index] = value;
  }
  const missing = parameters.findIndex((parameter, index) => !parameter.includes("?") && bound[index] === undefined);
  if (missing !== -1) throw typeError(`${callee}() is missing its argument '${names[missing]}'`);
  return bound;
}

import { callValue, getAttribute, getItem, getSlice } from "./attributes.js";
import { made } from "./budget.js";
import { typeError } from "./python-error.js";
import { callFilter } from "./filters.js";
import type { Expression, GivenArguments } from "./nodes.js";
import { calculate, compare, withSign } from "./python-operators.js";
import type { Scope } from "./scope.js";
import { callTest } from "./tests.js";
import { textOf } from "./to-text.js";
import { Dict, isTrue, listOf, Tuple, typeOf, Undefined, type Arguments, type PythonValue } from "./values.js";

type Kind = Expression["kind"];
type Of<K extends Kind> = Extract<Expression, { readonly kind: K }>;

/** The value of an expression. */
export function evaluate(expression: Expression, scope: Scope): PythonValue {
  return (EVALUATORS[expression.kind] as (expression: Expression, scope: Scope) => PythonValue)(expression, scope);
}

const evaluateAll = (expressions: readonly Expression[], scope: Scope): PythonValue[] =>
  expressions.map((expression) => evaluate(expression, scope));

const EVALUATORS: {
  readonly [K in Kind]: (expression: Extract<Expression, { kind: K }>, scope: Scope) => PythonValue;
} = {
  const: ({ value }) => value,
  name: ({ name }, scope) => scope.get(name),
  list: ({ items }, scope) => evaluateAll(items, scope),
  tuple: ({ items }, scope) => new Tuple(evaluateAll(items, scope)),
  concat: ({ items }, scope) =>
    made(
      evaluateAll(items, scope)
        .map((value) => textOf(value))
        .join(""),
    ),
  dict: ({ entries }, scope) =>
    new Dict(entries.map(([key, value]) => [evaluate(key, scope), evaluate(value, scope)] as const)),
  attribute: ({ object, name }, scope) => getAttribute(evaluate(object, scope), name),
  item: ({ object, key }, scope) => getItem(evaluate(object, scope), evaluate(key, scope)),
  slice: ({ object, bounds }, scope) =>
    getSlice(
      evaluate(object, scope),
      bounds.map((bound) => bound && evaluate(bound, scope)),
    ),
  call: ({ callee, given }, scope) => callValue(evaluate(callee, scope), evaluateGiven(given, scope)),
  filter: ({ name, operand, given }, scope) => callFilter(name, evaluate(operand, scope), evaluateGiven(given, scope)),
  test: ({ name, operand, given }, scope) => callTest(name, evaluate(operand, scope), evaluateGiven(given, scope)),
  conditional: ({ test, then, otherwise }, scope) => {
    if (isTrue(evaluate(test, scope))) return evaluate(then, scope);
    if (otherwise !== undefined) return evaluate(otherwise, scope);
    return new Undefined("the inline if-expression evaluated to false and no else section was defined.");
  },
  and: ({ left, right }, scope) => {
    const value = evaluate(left, scope);
    return isTrue(value) ? evaluate(right, scope) : value;
  },
  or: ({ left, right }, scope) => {
    const value = evaluate(left, scope);
    return isTrue(value) ? value : evaluate(right, scope);
  },
  not: ({ operand }, scope) => !isTrue(evaluate(operand, scope)),
  negative: ({ operand }, scope) => withSign("-", evaluate(operand, scope)),
  positive: ({ operand }, scope) => withSign("+", evaluate(operand, scope)),
  arithmetic: ({ operator, left, right }, scope) => calculate(operator, evaluate(left, scope), evaluate(right, scope)),
  compare: evaluateComparison,
};

/** `a < b < c` is `a < b and b < c`, with b evaluated once. */
function evaluateComparison({ first, rest }: Of<"compare">, scope: Scope): boolean {
  let left = evaluate(first, scope);
  for (const { operator, right: expression } of rest) {
    const right = evaluate(expression, scope);
    if (!compare(operator, left, right)) return false;
    left = right;
  }
  return true;
}

/** Arguments with their values, those of `*` and `**` among them. */
export function evaluateGiven({ positional, named, rest, namedRest }: GivenArguments, scope: Scope): Arguments {
  const values = evaluateAll(positional, scope);
  const byName = new Map(named.map(([name, value]) => [name, evaluate(value, scope)] as const));
  const more = rest === undefined ? [] : listOf(evaluate(rest, scope));
  for (const [name, value] of namedRest === undefined ? [] : mappingOf(evaluate(namedRest, scope))) {
    if (byName.has(name)) throw typeError(`got multiple values for keyword argument '${name}'`);
    byName.set(name, value);
  }
  return { positional: [...values, ...more], named: byName };
}

function mappingOf(value: PythonValue): readonly (readonly [string, PythonValue])[] {
  if (!(value instanceof Dict)) throw typeError(`argument after ** must be a mapping, not ${typeOf(value)}`);
  return value.entries().map(([key, item]) => {
    if (typeof key !== "string") throw typeError("keywords must be strings");
    return [key, item];
  });
}

import { callValue } from "./attributes.js";
import { spend, withinBudget } from "./budget.js";
import { PythonError, Refusal, typeError, valueError } from "./python-error.js";
import { evaluate, evaluateGiven } from "./evaluate-expression.js";
import { callFilter } from "./filters.js";
import { Loop } from "./loop.js";
import { makeMacro, namesVariable } from "./macro.js";
import type { Body, FilterChain, Statement, Target } from "./nodes.js";
import { parseTemplate } from "./parse-template.js";
import { Scope } from "./scope.js";
import { textOf } from "./to-text.js";
import { fromJson, isTrue, iterate, Namespace, OnceIterator, type PythonValue, Markup, typeOf } from "./values.js";

/**
 * Renders a Jinja template as Pallets Jinja 3.1.6 does in the sandbox of transformers' `apply_chat_template`, with trim_blocks,
 * lstrip_blocks, `break` and `continue`. It reaches nothing but the variables.
 *
 * @param variables JSON; a number without a fraction is an int
 * @throws PythonError with the message that the template raises or that Python has for what it does, and Refusal where it
 * does what is not supported or more than it may
 */
export function renderJinja(source: string, variables: Readonly<Record<string, unknown>>): string {
  try {
    return withinBudget(() => {
      const body = parseTemplate(source);
      if (namesVariable(body, "self")) throw new Refusal('"self" is not supported');
      const scope = new Scope();
      for (const [name, value] of Object.entries(variables)) scope.set(name, fromJson(value));
      return renderBody(body, new Scope(scope));
    });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "RangeError") throw error;
    throw new Refusal("it is nested too deep, or calls itself without end", { cause: error });
  }
}

/** Text as it is written. */
class Output {
  #text = "";

  write(text: string): void {
    spend(text.length);
    this.#text += text;
  }

  get text(): string {
    return this.#text;
  }
}

/** What a statement does to the loop around it. */
type Leave = "break" | "continue" | undefined;

function renderBody(body: Body, scope: Scope): string {
  const output = new Output();
  execute(body, scope, output);
  return output.text;
}

function execute(body: Body, scope: Scope, output: Output): Leave {
  for (const statement of body) {
    const leave = executeStatement(statement, scope, output);
    if (leave !== undefined) return leave;
  }
  return undefined;
}

function executeStatement(statement: Statement, scope: Scope, output: Output): Leave {
  switch (statement.kind) {
    case "data":
      output.write(statement.text);
      return undefined;
    case "output":
      output.write(textOf(evaluate(statement.value, scope)));
      return undefined;
    case "set":
      assign(statement.target, evaluate(statement.value, scope), scope);
      return undefined;
    case "setBlock": {
      const inner = new Output();
      const leave = execute(statement.body, new Scope(scope), inner);
      if (leave === undefined) assign(statement.target, applyFilters(statement.filters, inner.text, scope), scope);
      return leave;
    }
    case "if":
      return execute(isTrue(evaluate(statement.test, scope)) ? statement.body : statement.otherwise, scope, output);
    case "for":
      return executeFor(statement, evaluate(statement.over, scope), scope, output);
    case "macro":
      scope.set(statement.name, makeMacro({ ...statement, scope, render: renderBody }));
      return undefined;
    case "callBlock":
      output.write(textOf(callWithBody(statement, scope)));
      return undefined;
    case "filterBlock": {
      const inner = new Output();
      const leave = execute(statement.body, new Scope(scope), inner);
      if (leave === undefined) output.write(requireText(applyFilters(statement.filters, inner.text, scope)));
      return leave;
    }
    case "with": {
      const inner = new Scope(scope);
      for (const [target, value] of statement.targets) assign(target, evaluate(value, scope), inner);
      return execute(statement.body, inner, output);
    }
    case "scope":
      return execute(statement.body, new Scope(scope), output);
    case "break":
    case "continue":
      return statement.kind;
  }
}

/** What is written as it is has to be a text. */
function requireText(value: PythonValue): string {
  if (typeof value === "string" || value instanceof Markup) return textOf(value);
  throw typeError(`expected str instance, ${typeOf(value)} found`);
}

type For = Extract<Statement, { readonly kind: "for" }>;

function executeFor(statement: For, over: PythonValue, scope: Scope, output: Output, depth0 = 0): Leave {
  const recurse = (inner: PythonValue, depth: number): string => {
    const text = new Output();
    executeFor(statement, inner, scope, text, depth);
    return text.text;
  };
  const loop = new Loop(selected(statement, over, scope), depth0, statement.recursive ? recurse : undefined);
  let ran = false;
  for (let item = loop.next(); item !== undefined; item = loop.next()) {
    ran = true;
    const inner = new Scope(scope);
    inner.set("loop", loop);
    assign(statement.target, item, inner);
    if (execute(statement.body, inner, output) === "break") return undefined;
  }
  return ran ? undefined : execute(statement.otherwise, new Scope(scope), output);
}

/** The items for which `for ... if` holds. */
function selected({ test, target }: For, over: PythonValue, scope: Scope): PythonValue {
  if (test === undefined) return over;
  const items = iterate(over);
  return new OnceIterator(
    (function* (): Generator<PythonValue> {
      for (const item of items) {
        const inner = new Scope(scope);
        assign(target, item, inner);
        if (isTrue(evaluate(test, inner))) yield item;
      }
    })(),
  );
}

function callWithBody(statement: Extract<Statement, { readonly kind: "callBlock" }>, scope: Scope): PythonValue {
  const { callee, given } = statement.call;
  const caller = makeMacro({ ...statement, name: "caller", scope, render: renderBody });
  const { positional, named } = evaluateGiven(given, scope);
  return callValue(evaluate(callee, scope), { positional, named: new Map([...named, ["caller", caller]]) });
}

const applyFilters = (filters: FilterChain, text: string, scope: Scope): PythonValue =>
  filters.reduce<PythonValue>((value, { name, given }) => callFilter(name, value, evaluateGiven(given, scope)), text);

function assign(target: Target, value: PythonValue, scope: Scope): void {
  if (target.kind === "name") scope.set(target.name, value);
  else if (target.kind === "namespace") {
    const namespace = scope.get(target.object);
    if (!(namespace instanceof Namespace)) {
      throw new PythonError("TemplateRuntimeError", "cannot assign attribute on non-namespace object");
    }
    namespace.set(target.name, value);
  } else {
    const items: PythonValue[] = [];
    for (const item of iterate(value)) {
      if (items.push(item) > target.items.length) throw valueError("too many values to unpack");
    }
    if (items.length < target.items.length) throw valueError("not enough values to unpack");
    target.items.forEach((inner, index) => assign(inner, items[index]!, scope));
  }
}

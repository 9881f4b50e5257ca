import type { Arithmetic, ComparisonOperator, Expression, FilterChain, GivenArguments, Target } from "./nodes.js";
import type { TokenStream } from "./token-stream.js";

/**
 * Parses expressions, each function one level of precedence, loosest first. Source: Pallets Jinja 3.1.6, jinja2/parser.py,
 * whose precedence is not Python's: `~` binds tighter than `+`, and filters and tests tighter than a sign.
 */
export abstract class ExpressionParser {
  constructor(protected readonly stream: TokenStream) {}

  parseExpression(): Expression {
    let expression = this.#parseOr();
    while (this.stream.skip("name", "if")) {
      const test = this.#parseOr();
      const otherwise = this.stream.skip("name", "else") ? this.parseExpression() : undefined;
      expression = { kind: "conditional", test, then: expression, ...(otherwise !== undefined && { otherwise }) };
    }
    return expression;
  }

  /** Expressions with commas between them, which are a tuple, or a single one. */
  parseTuple({ conditional = true, ends = [] }: { conditional?: boolean; ends?: readonly string[] } = {}): Expression {
    const items = this.#parseItems(() => (conditional ? this.parseExpression() : this.#parseOr()), ends);
    if (items.single !== undefined) return items.single;
    if (items.list.length === 0) this.stream.fail("expected an expression");
    return { kind: "tuple", items: items.list };
  }

  #parseItems<T>(parse: () => T, ends: readonly string[]): { readonly list: readonly T[]; readonly single?: T } {
    const list: T[] = [];
    for (;;) {
      if (this.stream.is("close") || this.stream.is("closeBlock") || this.stream.is("operator", ")")) break;
      if (ends.length > 0 && this.stream.is("name", ...ends)) break;
      list.push(parse());
      if (!this.stream.skip("operator", ",")) return list.length === 1 ? { list, single: list[0]! } : { list };
    }
    return { list };
  }

  /** What a value is assigned to: names, or with `namespaces` their attributes too. */
  parseTarget({ ends = [], namespaces = false }: { ends?: readonly string[]; namespaces?: boolean } = {}): Target {
    const { list, single } = this.#parseItems(() => this.#parseSingleTarget(namespaces), ends);
    if (single !== undefined) return single;
    if (list.length === 0) this.stream.fail("expected a name");
    return { kind: "tuple", items: list };
  }

  #parseSingleTarget(namespaces: boolean): Target {
    if (this.stream.skip("operator", "(")) {
      const target = this.parseTarget();
      this.stream.expect("operator", ")");
      return target;
    }
    if (this.stream.is("name", ...CONSTANTS.keys())) this.stream.fail("cannot assign to a constant");
    const name = this.stream.expect("name").value;
    if (!namespaces || !this.stream.skip("operator", ".")) return { kind: "name", name };
    return { kind: "namespace", object: name, name: this.stream.expect("name").value };
  }

  #parseOr(): Expression {
    let left = this.#parseAnd();
    while (this.stream.skip("name", "or")) left = { kind: "or", left, right: this.#parseAnd() };
    return left;
  }

  #parseAnd(): Expression {
    let left = this.#parseNot();
    while (this.stream.skip("name", "and")) left = { kind: "and", left, right: this.#parseNot() };
    return left;
  }

  #parseNot(): Expression {
    if (this.stream.skip("name", "not")) return { kind: "not", operand: this.#parseNot() };
    return this.#parseCompare();
  }

  #parseCompare(): Expression {
    const first = this.#parseSum();
    const rest: { operator: ComparisonOperator; right: Expression }[] = [];
    for (let operator = this.#comparison(); operator !== undefined; operator = this.#comparison()) {
      rest.push({ operator, right: this.#parseSum() });
    }
    return rest.length === 0 ? first : { kind: "compare", first, rest };
  }

  #comparison(): ComparisonOperator | undefined {
    if (this.stream.is("operator", "==", "!=", "<", "<=", ">", ">="))
      return this.stream.next().value as ComparisonOperator;
    if (this.stream.skip("name", "in")) return "in";
    const { following } = this.stream;
    if (!this.stream.is("name", "not") || following?.kind !== "name" || following.value !== "in") return undefined;
    this.stream.next();
    this.stream.next();
    return "not in";
  }

  #parseSum(): Expression {
    return this.#parseArithmetic(["+", "-"], () => this.#parseConcat());
  }

  #parseConcat(): Expression {
    const items = [this.#parseProduct()];
    while (this.stream.skip("operator", "~")) items.push(this.#parseProduct());
    return items.length === 1 ? items[0]! : { kind: "concat", items };
  }

  #parseProduct(): Expression {
    return this.#parseArithmetic(["*", "/", "//", "%"], () =>
      this.#parseArithmetic(["**"], () => this.#parseSigned({ filters: true })),
    );
  }

  #parseArithmetic(operators: readonly Arithmetic[], parse: () => Expression): Expression {
    let left = parse();
    while (this.stream.is("operator", ...operators)) {
      const operator = this.stream.next().value as Arithmetic;
      left = { kind: "arithmetic", operator, left, right: parse() };
    }
    return left;
  }

  #parseSigned({ filters }: { filters: boolean }): Expression {
    let node: Expression;
    if (this.stream.skip("operator", "-")) node = { kind: "negative", operand: this.#parseSigned({ filters: false }) };
    else if (this.stream.skip("operator", "+"))
      node = { kind: "positive", operand: this.#parseSigned({ filters: false }) };
    else node = this.#parsePrimary();
    node = this.#parsePostfix(node);
    return filters ? this.#parseFilters(node) : node;
  }

  #parsePrimary(): Expression {
    const { kind, value } = this.stream.current;
    if (kind === "name") {
      this.stream.next();
      const constant = CONSTANTS.get(value);
      return constant === undefined ? { kind: "name", name: value } : { kind: "const", value: constant };
    }
    if (kind === "text") {
      let text = "";
      while (this.stream.is("text")) text += this.stream.next().value;
      return { kind: "const", value: text };
    }
    if (kind === "int") return { kind: "const", value: BigInt(this.stream.next().value.replaceAll("_", "")) };
    if (kind === "float") return { kind: "const", value: Number(this.stream.next().value.replaceAll("_", "")) };
    if (this.stream.skip("operator", "(")) return this.#parseParentheses();
    if (this.stream.skip("operator", "[")) {
      return { kind: "list", items: this.#parseUntil("]", () => this.parseExpression()) };
    }
    if (this.stream.skip("operator", "{"))
      return { kind: "dict", entries: this.#parseUntil("}", () => this.#parseEntry()) };
    return this.stream.fail("expected an expression");
  }

  #parseParentheses(): Expression {
    const empty = this.stream.is("operator", ")");
    const inner: Expression = empty ? { kind: "tuple", items: [] } : this.parseTuple();
    this.stream.expect("operator", ")");
    return inner;
  }

  #parseUntil<T>(end: string, parse: () => T): T[] {
    const items: T[] = [];
    while (!this.stream.is("operator", end)) {
      if (items.length > 0) this.stream.expect("operator", ",");
      if (this.stream.is("operator", end)) break;
      items.push(parse());
    }
    this.stream.next();
    return items;
  }

  #parseEntry(): readonly [Expression, Expression] {
    const key = this.parseExpression();
    this.stream.expect("operator", ":");
    return [key, this.parseExpression()];
  }

  #parsePostfix(start: Expression): Expression {
    let node = start;
    for (;;) {
      if (this.stream.skip("operator", ".")) node = this.#parseDot(node);
      else if (this.stream.skip("operator", "[")) node = this.#parseSubscript(node);
      else if (this.stream.is("operator", "(")) node = { kind: "call", callee: node, given: this.parseGiven() };
      else return node;
    }
  }

  #parseDot(object: Expression): Expression {
    if (this.stream.is("int")) {
      return {
        kind: "item",
        object,
        key: { kind: "const", value: BigInt(this.stream.next().value.replaceAll("_", "")) },
      };
    }
    return { kind: "attribute", object, name: this.stream.expect("name").value };
  }

  #parseSubscript(object: Expression): Expression {
    const keys: Expression[] = [];
    while (!this.stream.is("operator", "]")) {
      if (keys.length > 0) this.stream.expect("operator", ",");
      if (keys.length === 0 && this.stream.is("operator", ":")) return this.#parseSlice(object);
      keys.push(this.parseExpression());
      if (keys.length === 1 && this.stream.is("operator", ":")) return this.#parseSlice(object, keys[0]);
    }
    this.stream.next();
    return { kind: "item", object, key: keys.length === 1 ? keys[0]! : { kind: "tuple", items: keys } };
  }

  #parseSlice(object: Expression, start?: Expression): Expression {
    const bounds: (Expression | undefined)[] = [start, undefined, undefined];
    for (let index = 1; index < 3 && this.stream.skip("operator", ":"); index++) {
      if (!this.stream.is("operator", ":", "]")) bounds[index] = this.parseExpression();
    }
    this.stream.expect("operator", "]");
    return { kind: "slice", object, bounds };
  }

  /** Arguments in parentheses. */
  protected parseGiven(): GivenArguments {
    const positional: Expression[] = [];
    const named: [string, Expression][] = [];
    let rest: Expression | undefined;
    let namedRest: Expression | undefined;
    this.stream.expect("operator", "(");
    const take = (): void => {
      const isNamed =
        this.stream.is("name") && this.stream.following?.value === "=" && this.stream.following.kind === "operator";
      if (this.stream.is("operator", "*") && rest === undefined && namedRest === undefined) {
        this.stream.next();
        rest = this.parseExpression();
      } else if (this.stream.is("operator", "**") && namedRest === undefined) {
        this.stream.next();
        namedRest = this.parseExpression();
      } else if (isNamed && namedRest === undefined) {
        const name = this.stream.next().value;
        this.stream.next();
        if (named.some(([other]) => other === name)) this.stream.fail(`the argument "${name}" is given twice`);
        named.push([name, this.parseExpression()]);
      } else if (isNamed || named.length > 0 || rest !== undefined || namedRest !== undefined) {
        this.stream.fail("arguments stand in an order that they may not have");
      } else positional.push(this.parseExpression());
    };
    while (!this.stream.is("operator", ")")) {
      take();
      if (!this.stream.is("operator", ")")) this.stream.expect("operator", ",");
    }
    this.stream.next();
    return { positional, named, ...(rest && { rest }), ...(namedRest && { namedRest }) };
  }

  #parseFilters(start: Expression): Expression {
    let node = start;
    for (;;) {
      if (this.stream.is("operator", "|")) {
        for (const { name, given } of this.parseFilterChain()) node = { kind: "filter", name, operand: node, given };
      } else if (this.stream.skip("name", "is")) node = this.#parseTest(node);
      else if (this.stream.is("operator", "(")) node = { kind: "call", callee: node, given: this.parseGiven() };
      else return node;
    }
  }

  /** `| name(...)` as often as it stands there; with `begun` the first has no bar. */
  protected parseFilterChain({ begun = false } = {}): FilterChain {
    const filters: { name: string; given: GivenArguments }[] = [];
    for (let first = begun; first || this.stream.skip("operator", "|"); first = false) {
      const name = this.#parseDottedName();
      this.filterNamed(name);
      filters.push({ name, given: this.stream.is("operator", "(") ? this.parseGiven() : NOTHING });
    }
    return filters;
  }

  #parseTest(operand: Expression): Expression {
    const negated = this.stream.skip("name", "not");
    const name = this.#parseDottedName();
    this.testNamed(name);
    const node: Expression = { kind: "test", name, operand, given: this.#parseTestArguments() };
    return negated ? { kind: "not", operand: node } : node;
  }

  #parseTestArguments(): GivenArguments {
    if (this.stream.is("operator", "(")) return this.parseGiven();
    const { kind } = this.stream.current;
    const isArgument =
      kind === "text" || kind === "int" || kind === "float" || kind === "name" || this.stream.is("operator", "[", "{");
    if (!isArgument || this.stream.is("name", "else", "or", "and")) return NOTHING;
    if (this.stream.is("name", "is")) this.stream.fail("one test cannot follow another with is");
    return { positional: [this.#parsePostfix(this.#parsePrimary())], named: [] };
  }

  #parseDottedName(): string {
    let name = this.stream.expect("name").value;
    while (this.stream.skip("operator", ".")) name += `.${this.stream.expect("name").value}`;
    return name;
  }

  /** Called with the name of every filter and test where it is written. */
  protected abstract filterNamed(name: string): void;
  protected abstract testNamed(name: string): void;
}

const NOTHING: GivenArguments = { positional: [], named: [] };

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
]);

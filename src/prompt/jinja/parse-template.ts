import { isFilter } from "./filters.js";
import { tokenize } from "./lexer.js";
import type { Body, Expression, Signature, Statement, Target } from "./nodes.js";
import { ExpressionParser } from "./parse-expression.js";
import { isTest } from "./tests.js";
import { TokenStream } from "./token-stream.js";

/**
 * Parses a template.
 *
 * @throws Refusal that says what is wrong in which line, and for what is not supported: inheritance and other files
 */
export function parseTemplate(template: string): Body {
  return new TemplateParser(new TokenStream(tokenize(template))).parseTemplate();
}

/** Jinja has these, and no chat template needs them: there is one file, and nothing is escaped. */
const NOT_SUPPORTED = ["block", "extends", "include", "import", "from", "autoescape"];

class TemplateParser extends ExpressionParser {
  /** Whether `break` and `continue` have a loop. */
  #inLoop = false;
  /** Whether a filter that nobody knows is an error only once it is used, as in the branches of an `if`. */
  #lenient = false;

  parseTemplate(): Body {
    const body = this.#parseBody([]);
    if (!this.stream.is("end")) this.stream.fail("expected the end");
    return body;
  }

  /** Statements up to a tag of one of these names, which is left to be read; without names up to the end. */
  #parseBody(ends: readonly string[]): Body {
    const body: Statement[] = [];
    for (;;) {
      if (this.stream.is("data")) body.push({ kind: "data", text: this.stream.next().value });
      else if (this.stream.skip("open")) {
        body.push({ kind: "output", value: this.parseTuple() });
        this.stream.expect("close");
      } else if (this.stream.skip("openBlock")) {
        if (ends.length > 0 && this.stream.is("name", ...ends)) return body;
        body.push(...this.#parseStatement());
        this.stream.expect("closeBlock");
      } else if (ends.length === 0) return body;
      else this.stream.fail(`expected {% ${ends.join(" %} or {% ")} %}`);
    }
  }

  /** The end of the tag, and what follows it up to one of these tags. */
  #parseBlock(...ends: readonly string[]): Body {
    this.stream.skip("operator", ":");
    this.stream.expect("closeBlock");
    return this.#parseBody(ends);
  }

  /** The same, with the tag at the end. */
  #parseWhole(end: string): Body {
    const body = this.#parseBlock(end);
    this.stream.next();
    return body;
  }

  #parseStatement(): readonly Statement[] {
    const { value: tag } = this.stream.expect("name");
    const parse = this.#tags[tag];
    if (Object.hasOwn(this.#tags, tag) && parse !== undefined) return [parse()].flat();
    if (NOT_SUPPORTED.includes(tag)) return this.stream.fail(`{% ${tag} %} is not supported`);
    return this.stream.fail(`there is no tag {% ${tag} %}`);
  }

  readonly #tags: Readonly<Record<string, () => Statement | readonly Statement[]>> = {
    set: () => this.#parseSet(),
    if: () => this.#parseIf(),
    for: () => this.#parseFor(),
    macro: () => this.#parseMacro(),
    call: () => this.#parseCall(),
    filter: () => ({
      kind: "filterBlock",
      filters: this.parseFilterChain({ begun: true }),
      body: this.#strictly(() => this.#parseWhole("endfilter")),
    }),
    with: () => this.#parseWith(),
    print: () => this.#parsePrint(),
    // transformers' own tag, which marks what the assistant says.
    generation: () => ({ kind: "scope", body: this.#asFunction(() => this.#parseWhole("endgeneration")) }),
    break: () => this.#parseLeave("break"),
    continue: () => this.#parseLeave("continue"),
  };

  #parseSet(): Statement {
    const target = this.parseTarget({ namespaces: true });
    if (this.stream.skip("operator", "=")) return { kind: "set", target, value: this.parseTuple() };
    const filters = this.parseFilterChain();
    return { kind: "setBlock", target, filters, body: this.#strictly(() => this.#parseWhole("endset")) };
  }

  #parseIf(): Statement {
    const test = this.parseTuple({ conditional: false });
    const body = this.#leniently(() => this.#parseBlock("elif", "else", "endif"));
    const { value: tag } = this.stream.next();
    if (tag === "elif") return { kind: "if", test, body, otherwise: this.#leniently(() => [this.#parseIf()]) };
    const otherwise = tag === "else" ? this.#leniently(() => this.#parseWhole("endif")) : [];
    return { kind: "if", test, body, otherwise };
  }

  #parseFor(): Statement {
    const target = this.parseTarget({ ends: ["in"] });
    if (namesOf(target).includes("loop")) this.stream.fail('a loop cannot assign to "loop"');
    this.stream.expect("name", "in");
    const over = this.parseTuple({ conditional: false, ends: ["recursive"] });
    return this.#strictly(() => {
      const test = this.stream.skip("name", "if") ? this.parseExpression() : undefined;
      const recursive = this.stream.skip("name", "recursive");
      const outer = this.#inLoop;
      this.#inLoop = true;
      const body = this.#parseBlock("endfor", "else");
      this.#inLoop = outer && !recursive;
      const otherwise = this.stream.next().value === "else" ? this.#parseWhole("endfor") : [];
      this.#inLoop = outer;
      return { kind: "for", target, over, ...(test && { test }), recursive, body, otherwise };
    });
  }

  #parseMacro(): Statement {
    const { value: name } = this.stream.expect("name");
    return this.#asFunction(() => {
      const signature = this.#parseSignature();
      return { kind: "macro", name, signature, body: this.#parseWhole("endmacro") };
    });
  }

  #parseCall(): Statement {
    const signature = this.stream.is("operator", "(") ? this.#parseSignature() : { names: [], defaults: [] };
    const call: Expression = this.parseExpression();
    if (call.kind !== "call") return this.stream.fail("{% call %} expects a call");
    return this.#asFunction(() => ({ kind: "callBlock", call, signature, body: this.#parseWhole("endcall") }));
  }

  #parseSignature(): Signature {
    const names: string[] = [];
    const defaults: Expression[] = [];
    this.stream.expect("operator", "(");
    while (!this.stream.is("operator", ")")) {
      if (names.length > 0) this.stream.expect("operator", ",");
      const { value: name } = this.stream.expect("name");
      if (names.includes(name)) this.stream.fail(`the parameter "${name}" stands there twice`);
      names.push(name);
      if (this.stream.skip("operator", "=")) defaults.push(this.parseExpression());
      else if (defaults.length > 0) this.stream.fail("a parameter without a default follows one with a default");
    }
    this.stream.next();
    return { names, defaults };
  }

  #parseWith(): Statement {
    const targets: [Target, Expression][] = [];
    while (!this.stream.is("closeBlock")) {
      if (targets.length > 0) this.stream.expect("operator", ",");
      const target = this.parseTarget();
      this.stream.expect("operator", "=");
      targets.push([target, this.parseExpression()]);
    }
    return { kind: "with", targets, body: this.#strictly(() => this.#parseWhole("endwith")) };
  }

  #parsePrint(): readonly Statement[] {
    const outputs: Statement[] = [];
    while (!this.stream.is("closeBlock")) {
      if (outputs.length > 0) this.stream.expect("operator", ",");
      outputs.push({ kind: "output", value: this.parseExpression() });
    }
    return outputs;
  }

  #parseLeave(kind: "break" | "continue"): Statement {
    if (!this.#inLoop) this.stream.fail(`{% ${kind} %} stands in no loop`);
    return { kind };
  }

  /** A body that Jinja makes a function of: it leaves no loop around it. */
  #asFunction<T>(parse: () => T): T {
    const outer = this.#inLoop;
    this.#inLoop = false;
    const parsed = this.#strictly(parse);
    this.#inLoop = outer;
    return parsed;
  }

  #strictly<T>(parse: () => T): T {
    return this.#withLenience(false, parse);
  }

  #leniently<T>(parse: () => T): T {
    return this.#withLenience(true, parse);
  }

  #withLenience<T>(lenient: boolean, parse: () => T): T {
    const outer = this.#lenient;
    this.#lenient = lenient;
    const parsed = parse();
    this.#lenient = outer;
    return parsed;
  }

  protected override filterNamed(name: string): void {
    if (!this.#lenient && !isFilter(name)) this.stream.fail(`there is no filter "${name}"`);
  }

  protected override testNamed(name: string): void {
    if (!this.#lenient && !isTest(name)) this.stream.fail(`there is no test "${name}"`);
  }
}

function namesOf(target: Target): readonly string[] {
  return target.kind === "tuple"
    ? target.items.flatMap(namesOf)
    : [target.kind === "name" ? target.name : target.object];
}

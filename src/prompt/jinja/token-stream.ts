import { Refusal } from "./python-error.js";
import type { Token, TemplateTokenKind } from "./lexer.js";

/** The tokens of a template, one after another. */
export class TokenStream {
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  get current(): Token {
    return this.tokens[this.#at]!;
  }

  get following(): Token | undefined {
    return this.tokens[this.#at + 1];
  }

  /** Whether the current token is of this kind and, where given, has one of these values. */
  is(kind: TemplateTokenKind, ...values: readonly string[]): boolean {
    return this.current.kind === kind && (values.length === 0 || values.includes(this.current.value));
  }

  next(): Token {
    const token = this.current;
    if (this.#at < this.tokens.length - 1) this.#at++;
    return token;
  }

  /** Takes the current token if it is this one. */
  skip(kind: TemplateTokenKind, ...values: readonly string[]): boolean {
    if (!this.is(kind, ...values)) return false;
    this.next();
    return true;
  }

  /** Takes the current token, which has to be this one. */
  expect(kind: TemplateTokenKind, ...values: readonly string[]): Token {
    if (this.is(kind, ...values)) return this.next();
    return this.fail(`expected ${values.length > 0 ? values.map((value) => `"${value}"`).join(" or ") : NAMES[kind]}`);
  }

  fail(message: string): never {
    const { kind, value, line } = this.current;
    const got = value === "" ? NAMES[kind] : JSON.stringify(value.slice(0, 40));
    throw new Refusal(`${message}, got ${got} (line ${line})`);
  }
}

const NAMES: Readonly<Record<TemplateTokenKind, string>> = {
  data: "text outside of tags",
  open: '"{{"',
  close: '"}}"',
  openBlock: '"{%"',
  closeBlock: '"%}"',
  name: "a name",
  text: "a text",
  int: "a number",
  float: "a number",
  operator: "an operator",
  end: "the end of the template",
};

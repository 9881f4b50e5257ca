import { Refusal } from "./python-error.js";

export type TemplateTokenKind =
  "data" | "open" | "close" | "openBlock" | "closeBlock" | "name" | "text" | "int" | "float" | "operator" | "end";

export interface Token {
  readonly kind: TemplateTokenKind;
  /** Its text; of a string literal what it stands for. */
  readonly value: string;
  readonly line: number;
}

/** What Python's \s and str.strip take for white space. */
export const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const SPACES = new RegExp(`[${SPACE}]*`, "y");
const SPACES_AT_END = new RegExp(`(?<![${SPACE}])[${SPACE}]+$`);
const ONLY_SPACES = new RegExp(`^[${SPACE}]+$`);

/** What stands between tags, and how the next tag begins. Source: Pallets Jinja 3.1.6, jinja2/lexer.py. */
const TAG = /\{([%{#])([-+]?)/g;
const RAW = new RegExp(`\\{%([-+]?)[${SPACE}]*raw[${SPACE}]*(?:-%\\}[${SPACE}]*|%\\})`, "y");
const RAW_END = new RegExp(`\\{%([-+]?)[${SPACE}]*endraw[${SPACE}]*(?:\\+%\\}|-%\\}[${SPACE}]*|%\\}\\n?)`, "g");
const COMMENT_END = new RegExp(`\\+#\\}|-#\\}[${SPACE}]*|#\\}\\n?`, "g");

const VARIABLE_END = new RegExp(`-\\}\\}[${SPACE}]*|\\}\\}`, "y");
const BLOCK_END = new RegExp(`\\+%\\}|-%\\}[${SPACE}]*|%\\}\\n?`, "y");

/** In this order; a float does not follow a dot. */
const PIECES: readonly (readonly [TemplateTokenKind, RegExp])[] = [
  ["float", /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy],
  ["int", /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy],
  ["name", /[A-Za-z_]\w*/y],
  ["text", /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y],
  ["operator", /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y],
];

const CLOSING: Readonly<Record<string, string>> = { "{": "}", "(": ")", "[": "]" };

/**
 * Splits a template into tokens as Jinja does with trim_blocks and lstrip_blocks.
 *
 * @throws Refusal that says what is wrong in which line
 */
export function tokenize(template: string): Token[] {
  const source = template.replace(/\r\n|\r/g, "\n").replace(/\n$/, "");
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let lineStarts = true;

  const move = (to: number): void => {
    for (let index = at; index < to; index++) if (source[index] === "\n") line++;
    if (to > at) lineStarts = source[to - 1] === "\n";
    at = to;
  };
  const add = (kind: TemplateTokenKind, value: string): void => void tokens.push({ kind, value, line });
  const matchAt = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const fail = (message: string): never => {
    throw new Refusal(`${message} (line ${line})`);
  };
  /** Text before a tag, of which the tag may take white space away. */
  const addData = (text: string, sign: string, isBlock: boolean): void => {
    let kept = text;
    if (sign === "-") kept = text.replace(SPACES_AT_END, "");
    else if (sign === "" && isBlock) {
      const lineAt = text.lastIndexOf("\n") + 1;
      if ((lineAt > 0 || lineStarts) && ONLY_SPACES.test(text.slice(lineAt))) kept = text.slice(0, lineAt);
    }
    if (kept !== "") add("data", kept);
  };

  while (at < source.length) {
    const tag = matchAt(TAG);
    if (tag === null) {
      add("data", source.slice(at));
      break;
    }
    const [, type, sign] = tag as unknown as [string, string, string];
    addData(source.slice(at, tag.index), sign, type !== "{");
    move(tag.index);
    const raw = type === "%" ? matchAt(RAW) : null;
    if (raw !== null) takeRaw(raw[0].length);
    else if (type === "#") takeComment(tag[0].length);
    else takeTag(type === "{", tag[0].length);
  }
  add("end", "");
  return tokens;

  function takeRaw(length: number): void {
    move(at + length);
    const end = matchAt(RAW_END) ?? fail("a raw block has no end");
    addData(source.slice(at, end.index), end[1]!, true);
    move(end.index + end[0].length);
  }

  function takeComment(length: number): void {
    move(at + length);
    const end = matchAt(COMMENT_END) ?? fail("a comment has no end");
    move(end.index + end[0].length);
  }

  function takeTag(isVariable: boolean, length: number): void {
    add(isVariable ? "open" : "openBlock", "");
    move(at + length);
    const open: string[] = [];
    for (;;) {
      const end = open.length === 0 ? matchAt(isVariable ? VARIABLE_END : BLOCK_END) : null;
      if (end !== null) {
        add(isVariable ? "close" : "closeBlock", "");
        return move(at + end[0].length);
      }
      const spaces = matchAt(SPACES)![0].length;
      if (spaces > 0) move(at + spaces);
      else takePiece(open);
    }
  }

  function takePiece(open: string[]): void {
    if (at >= source.length) fail("a tag has no end");
    for (const [kind, pattern] of PIECES) {
      const piece = matchAt(pattern)?.[0];
      if (piece === undefined) continue;
      if (kind === "operator") balance(open, piece);
      add(kind, kind === "text" ? unescape(piece.slice(1, -1), fail) : piece);
      return move(at + piece.length);
    }
    fail(`the character ${JSON.stringify(String.fromCodePoint(source.codePointAt(at)!))} is not expected`);
  }

  function balance(open: string[], operator: string): void {
    if (operator in CLOSING) open.push(CLOSING[operator]!);
    else if ("})]".includes(operator)) {
      const expected = open.pop();
      if (expected === undefined) fail(`"${operator}" closes nothing`);
      if (expected !== operator) fail(`"${operator}" stands where "${expected}" is expected`);
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([^]))/gu;

/** What a string literal stands for, as Python's codec "unicode-escape" reads it after "backslashreplace". */
function unescape(text: string, fail: (message: string) => never): string {
  return text.replace(ESCAPE, (whole, x?: string, u?: string, U?: string, octal?: string, other?: string) => {
    if (other === undefined) {
      const code = octal !== undefined ? parseInt(octal, 8) : parseInt((x ?? u ?? U)!, 16);
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) fail(`the escape ${whole} is no character`);
      return String.fromCodePoint(code);
    }
    if (other in ESCAPES) return ESCAPES[other]!;
    if (/[xuUN]/.test(other)) fail(`the escape \\${other} of a text is not complete or not supported`);
    const code = other.codePointAt(0)!;
    if (code < 0x80) return whole;
    // The codec spells out the character first, so the backslash escapes that spelling's own.
    const digits = code.toString(16);
    if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
  });
}

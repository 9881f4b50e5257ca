import { generate } from "oniguruma-parser/generator";
import { parse, type Node, type RegexNode } from "oniguruma-parser/parser";
import { traverse } from "oniguruma-parser/traverser";
import { toRegExp } from "oniguruma-to-es";

/**
 * The JavaScript equivalent of a regular expression in Oniguruma's syntax, as the crate's version 6.9.10 matches it.
 *
 * @throws Error when there is no exact equivalent
 */
export function translate(source: string): RegExp {
  const tree = parse(source);
  spellOutWords(tree);
  if (ignoresCase(tree)) {
    refuseFoldedLetters(tree);
    // Without it `oniguruma-to-es` may set RegExp's flag i, under which \p{L} matches marks that have a letter as upper case.
    tree.body.unshift(parse("(?!)a").body[0]!);
  }
  return toRegExp(generate(tree).pattern, { accuracy: "strict", global: true, target: "ES2024" });
}

/** Oniguruma's word characters. Outside of brackets, six numbers of Latin-1 are word characters too. */
const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}`;
const WORD_ALONE = `${WORD}²³¹¼½¾`;

/** `oniguruma-to-es` (4.3) takes all numbers for word characters and leaves out some symbols that are alphabetic. */
function spellOutWords(tree: RegexNode): void {
  traverse(tree, {
    CharacterSet({ node, parent, replaceWith }) {
      if (node.kind !== "word" && !(node.kind === "posix" && node.value === "word")) return;
      const word = parent.type === "CharacterClass" ? WORD : WORD_ALONE;
      replaceWith(nodeOf(`[${node.negate ? "^" : ""}${word}]`));
    },
    Assertion({ node, replaceWith }) {
      if (node.kind !== "word_boundary") return;
      const [after, before] = [`(?<=[${WORD_ALONE}])`, `(?=[${WORD_ALONE}])`];
      const [notAfter, notBefore] = [`(?<![${WORD_ALONE}])`, `(?![${WORD_ALONE}])`];
      const ways = node.negate ? [after + before, notAfter + notBefore] : [after + notBefore, notAfter + before];
      replaceWith(nodeOf(`(?:${ways.join("|")})`));
    },
  });
}

const nodeOf = (source: string): Node => parse(source).body[0]!.body[0]!;

const setsCase = (flags: { readonly enable?: { readonly ignoreCase?: true } } | null | undefined): boolean =>
  flags?.enable?.ignoreCase === true;

function ignoresCase(tree: RegexNode): boolean {
  let ignores = false;
  traverse(tree, {
    Group: ({ node }) => void (ignores ||= setsCase(node.flags)),
    Directive: ({ node }) => void (ignores ||= node.kind === "flags" && setsCase(node.flags)),
  });
  return ignores;
}

const LETTERS = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
const foldedForm = (letter: string): string => letter.toLowerCase().toUpperCase();

/** Several letters that one letter can be written as in other case: ss for ß, fi for the ligature. */
const SEVERAL = new Set(LETTERS.map(foldedForm).filter((form) => form.length > 1));

/** Letters of three forms, such as σ, ς, Σ. `oniguruma-to-es` knows those of s and k, and the dotless i folds to itself. */
const OF_THREE_FORMS = (() => {
  const counts = new Map<string, number>();
  for (const letter of LETTERS) counts.set(foldedForm(letter), (counts.get(foldedForm(letter)) ?? 0) + 1);
  return new Set([...counts].filter(([form, count]) => count > 2 && !"SKI".includes(form)).map(([form]) => form));
})();

/** Where case is ignored, Oniguruma takes "ss" for "ß", and some letters for two others; JavaScript does not. */
function refuseFoldedLetters(tree: RegexNode): void {
  let depth = 0;
  traverse(tree, {
    Group: {
      enter: ({ node }) => void (depth += setsCase(node.flags) ? 1 : 0),
      exit: ({ node }) => void (depth -= setsCase(node.flags) ? 1 : 0),
    },
    Directive: ({ node }) => void (depth += node.kind === "flags" && setsCase(node.flags) ? 1 : 0),
    Alternative({ node }) {
      const letters = node.body.map((part) => (part.type === "Character" ? String.fromCodePoint(part.value) : "\0"));
      if (depth > 0) refuse(letters.join(""));
    },
    CharacterClass({ node }) {
      for (const part of node.body) {
        if (depth > 0 && part.type === "Character") refuse(String.fromCodePoint(part.value));
      }
    },
  });
}

function refuse(letters: string): void {
  const text = letters.toUpperCase();
  const found = [...SEVERAL].find((form) => text.includes(form)) ?? [...text].find((form) => OF_THREE_FORMS.has(form));
  if (found !== undefined)
    throw new Error(`case is ignored for ${JSON.stringify(found)}, which has more than two forms`);
}

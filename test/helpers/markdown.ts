import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import GithubSlugger from "github-slugger";
import MarkdownIt from "markdown-it";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** A document of the project, as its readers' software understands it. */
export interface Document {
  /** From the root, with "/". */
  readonly path: string;
  readonly text: string;
  /** Where links and pictures lead, as written. */
  readonly links: readonly string[];
  /** Anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  readonly headings: readonly string[];
  readonly codeBlocks: readonly { readonly language: string; readonly code: string }[];
  /** Contents of `code` within text. */
  readonly codeSpans: readonly string[];
}

const parser = new MarkdownIt({ html: true });
type Token = ReturnType<typeof parser.parse>[number];

/** What is installed or made, and so no part of the project. */
const NOT_OURS = /^(node_modules|dist|\.git|\.cache|docs\/api)$|\/(\.cache|venv)$/;

/** Every Markdown file of the project. */
export const readDocuments = (): Document[] => markdownBelow("").map(readDocument);

function markdownBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_OURS.test(path) ? [] : markdownBelow(path);
    return entry.isFile() && path.endsWith(".md") ? [path] : [];
  });
}

export function readDocument(path: string): Document {
  const text = readFileSync(join(ROOT, path), "utf8");
  const tokens = parser.parse(text, {});
  const inline = tokens.flatMap((token) => token.children ?? []);
  const slugger = new GithubSlugger();
  const headings = tokens.flatMap((token, i) => (token.type === "heading_open" ? [plain(tokens[i + 1]!)] : []));
  return {
    ...{ path, text, headings },
    links: inline.flatMap((token) => token.attrGet(token.type === "image" ? "src" : "href") ?? []),
    anchors: new Set(headings.map((heading) => slugger.slug(heading))),
    codeBlocks: tokens.flatMap(({ type, info, content }) =>
      type === "fence" ? [{ language: info.trim(), code: content }] : [],
    ),
    codeSpans: inline.flatMap(({ type, content }) => (type === "code_inline" ? [content] : [])),
  };
}

const plain = ({ children }: Token): string =>
  (children ?? []).map(({ type, content }) => (type === "text" || type === "code_inline" ? content : "")).join("");

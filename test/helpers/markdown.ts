import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
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

/** Every Markdown file that git knows or would take. */
export function readDocuments(): Document[] {
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"];
  const paths = execFileSync("git", list, { cwd: ROOT, encoding: "utf8" }).split("\n").filter(Boolean);
  return [...new Set(paths)].map(readDocument);
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

// A file of the project as a code block.
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";

const LANGUAGES = { ".mjs": "js", ".sbatch": "sh", ".sh": "sh", ".yaml": "yaml" };

export function fencedFile(path, root) {
  const language = LANGUAGES[extname(path)];
  if (language === undefined) throw new Error(`${path}: expected a file of ${Object.keys(LANGUAGES).join(", ")}`);
  return `\`\`\`${language}\n${readFileSync(join(root, path), "utf8").trimEnd()}\n\`\`\``;
}

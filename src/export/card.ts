import { join } from "node:path";
import { writeFile } from "../files/write-file.js";

/** How an exported folder is used by one program. */
export interface RuntimeUse {
  readonly program: string;
  /** Whether langbridge's own tests run the program on such a folder, and if not, what is known. */
  readonly status: string;
  /** Of the code block. */
  readonly language: "sh" | "python" | "dockerfile";
  readonly lines: readonly string[];
}

export interface ExportCard {
  readonly title: string;
  /** Tags of the Hugging Face hub that tell what kind of model the folder holds. */
  readonly tags: Readonly<Record<string, string>>;
  /** What it was made of: names of adapter, LLM and tower. */
  readonly parts: Readonly<Record<string, string>>;
  readonly toolVersion: string;
  readonly uses: readonly RuntimeUse[];
  /** What was proven of the files, and what a user has to know, one line each. */
  readonly checks: readonly string[];
  readonly remarks: readonly string[];
}

/** Writes README.md of an exported folder, which the Hugging Face hub shows as its card. */
export const writeCard = (folder: string, card: ExportCard): Promise<void> =>
  writeFile(join(folder, "README.md"), cardText(card));

function cardText({ title, tags, parts, toolVersion, uses, checks, remarks }: ExportCard): string {
  const head = Object.entries(tags).map(([key, value]) => `${key}: ${value}`);
  const made = Object.entries(parts).map(([part, name]) => `- ${part}: ${name}`);
  const sections = uses.flatMap(({ program, status, language, lines }) => [
    ...[`### ${program}`, "", status, "", `\`\`\`${language}`, ...lines, "```", ""],
  ]);
  const list = (name: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`## ${name}`, "", ...lines.map((line) => `- ${line}`), ""];
  return [
    ...["---", ...head, "---", "", `# ${title}`, "", `Made by langbridge ${toolVersion} of:`, "", ...made, ""],
    ...["## Use", "", ...sections],
    ...list("Checked when it was written", checks),
    ...list("To know", remarks),
  ].join("\n");
}

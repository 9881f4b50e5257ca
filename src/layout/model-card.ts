import { printable } from "../printable.js";

/** How a folder is used by one program. */
export interface RuntimeUse {
  readonly program: string;
  /** Whether langbridge's own tests run the program on such a folder, and if not, what is known. */
  readonly status: string;
  /** Of the code block. */
  readonly language: "sh" | "python" | "javascript" | "dockerfile";
  readonly lines: readonly string[];
}

export interface ModelCard {
  readonly title: string;
  /** Keys of the Hugging Face hub that tell what kind of model the folder holds. */
  readonly tags: Readonly<Record<string, string>>;
  /** What it was made of: names of adapter, LLM and tower; none where the folder holds no model. */
  readonly parts: Readonly<Record<string, string>>;
  readonly toolVersion: string;
  /** How it was made, one line each. */
  readonly made?: readonly string[];
  readonly uses: readonly RuntimeUse[];
  /** What was measured of it, one line each, and what was not. */
  readonly measured: readonly string[];
  /** What was proven of the files, and what a user has to know, one line each. */
  readonly checks: readonly string[];
  readonly remarks: readonly string[];
}

/** The name of a model card, which the Hugging Face hub shows. */
export const CARD_FILE = "README.md";

/** Said of folders whose answers nobody scored. */
export const NOT_MEASURED =
  "No benchmark was run on this folder. How many questions it answers right is not known until one is.";

/**
 * The text of a model card: a block of metadata as the hub reads it (https://huggingface.co/docs/hub/model-cards), then how the folder was
 * made, used and checked. Names of the form `org/name` become `base_model`; the licence is left to the user.
 */
export function cardText(card: ModelCard): string {
  const { title, made = [], uses, measured, checks, remarks } = card;
  const sections = uses.flatMap(({ program, status, language, lines }) => [
    ...[`### ${program}`, "", status, "", `\`\`\`${language}`, ...lines, "```", ""],
  ]);
  const list = (name: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`## ${name}`, "", ...lines.map((line) => `- ${line}`), ""];
  return [
    ...[...metadata(card), "", `# ${title}`, "", ...makerLines(card), ""],
    ...list("How it was made", made),
    ...["## Use", "", ...sections],
    ...list("Measured", measured),
    ...list("Checked when it was written", checks),
    ...list("To know", remarks),
  ].join("\n");
}

function makerLines({ parts, toolVersion }: ModelCard): string[] {
  const names = Object.entries(parts).map(([part, name]) => `- ${part}: ${name}`);
  return names.length === 0
    ? [`Made by langbridge ${toolVersion}.`]
    : [`Made by langbridge ${toolVersion} of:`, "", ...names];
}

function metadata({ tags, parts }: ModelCard): string[] {
  const names = [...new Set(Object.values(parts))].map(printable);
  const repositories = names.filter((name) => /^[\w.-]+\/[\w.-]+$/.test(name));
  return [
    "---",
    ...Object.entries(tags).map(([key, value]) => `${key}: ${value}`),
    ...(repositories.length > 0
      ? ["base_model:", ...repositories.map((name) => `  - ${name}`)]
      : [`# base_model: the repositories of ${names.length > 0 ? names.join(", ") : "the models that were asked"}`]),
    ...["tags:", "  - langbridge"],
    "# license: yours to name; it has to go with those of the models that this one was made of",
    "---",
  ];
}

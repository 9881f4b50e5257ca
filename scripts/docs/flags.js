// Usage and flags of a command as Markdown, from the manifest that `npm run build` makes of the command classes.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The group of the flags that every command has. */
const GLOBAL = "GLOBAL";

/** Flags of every command, at the end of its list. */
const SHARED = ["offline", "quiet"];

const JSON_LINE = '- `--json`: print the result as JSON, and an error as `{"error": {"name", "message"}}`.';

/** `id` is a command as it is typed, with `-` for a space: `eval-merge`. */
export function commandFlags(id, root) {
  const { commands } = JSON.parse(readFileSync(join(root, "oclif.manifest.json"), "utf8"));
  const command = commands[id.replaceAll("-", ":")];
  if (command === undefined) throw new Error(`${id}: no such command, expected one of ${Object.keys(commands)}`);
  const flags = Object.values(command.flags).filter(({ hidden, helpGroup }) => !hidden && helpGroup !== GLOBAL);
  const required = flags.filter((flag) => flag.required);
  const typed = id.replaceAll("-", " ");
  const usage = command.usage?.map((line) => line.replace("<%= command.id %>", typed)) ?? [
    [
      typed,
      ...Object.values(command.args).map((arg) => argument(arg, command.strict)),
      ...required.map((flag) => spelling(flag)),
      "[flags]",
    ].join(" "),
  ];
  const lines = [
    ...Object.values(command.args).map((arg) => `- \`${argument(arg, command.strict)}\`: ${arg.description}.`),
    ...[...required, ...flags.filter((flag) => !flag.required)].map(flagLine),
    ...SHARED.flatMap((name) => (name in command.flags ? [flagLine(command.flags[name])] : [])),
    ...("json" in command.flags ? [JSON_LINE] : []),
  ];
  return `\`\`\`text\n${usage.map((line) => `langbridge ${line}`).join("\n")}\n\`\`\`\n\n${lines.join("\n")}`;
}

/** oclif has no arguments that repeat; a command that is not strict takes its last one several times. */
function argument({ name, required }, strict) {
  const spelled = `${name.toUpperCase()}${strict === false ? "..." : ""}`;
  return required ? spelled : `[${spelled}]`;
}

function spelling({ name, type, options, helpValue, multiple, allowNo }) {
  if (type === "boolean") return allowNo ? `--[no-]${name}` : `--${name}`;
  return `--${name} ${options?.join("|") ?? helpValue ?? "N"}${multiple ? "..." : ""}`;
}

function flagLine(flag) {
  const short = flag.char === undefined ? "" : `\`-${flag.char}\`, `;
  const remarks = [
    ...(flag.required ? ["required"] : []),
    ...(flag.default === undefined || flag.type === "boolean" ? [] : [`default \`${flag.default}\``]),
    ...(flag.dependsOn === undefined ? [] : [`with ${flag.dependsOn.map((name) => `\`--${name}\``).join(" and ")}`]),
  ];
  const remark = remarks.length === 0 ? "" : ` (${remarks.join(", ")})`;
  return `- ${short}\`${spelling(flag)}\`${remark}: ${description(flag)}`.replace(/: \n/, ":\n");
}

/** The help puts what each value does behind the flag's own words; here every value gets a line, where several have one. */
function description({ description: text, options = [] }) {
  const parts = text.split(new RegExp(`(?:; |\\. |^)(?=(?:${options.join("|")}): )`));
  const isValue = (part) => options.some((option) => part.startsWith(`${option}: `));
  if (parts.filter(isValue).length < 2) return sentence(text);
  const values = parts.filter(isValue).map((part) => {
    const [value] = part.split(": ", 1);
    return `\n  - \`${value}\`: ${sentence(part.slice(value.length + 2))}`;
  });
  return `${isValue(parts[0]) ? "" : sentence(parts[0])}${values.join("")}`;
}

const sentence = (text) => `${text.replace(/\.$/, "").replace(/--[a-z][a-z-]*/g, "`$&`")}.`;

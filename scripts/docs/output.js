// What a command prints on the small models of fixtures/, as a code block.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const WORLD = join("fixtures", "small-world");
const adapterOf = (llm, kind) => join(WORLD, "adapters", llm, kind);

/** Arguments of each command that documents show, from a folder for what it writes; `only` is how the one paragraph shown begins. */
const SHOWN = {
  transfer: {
    args: (folder) => [
      "transfer",
      adapterOf("llama2", "anchored"),
      join(WORLD, "qwen2"),
      "--output",
      join(folder, "out"),
    ],
  },
  explain: {
    args: (folder) => [
      ...["explain", join(WORLD, "images", "scene_0000.png"), "--adapter", adapterOf("llama2", "paper-0")],
      ...["--vision", join(WORLD, "vision"), "--output", join(folder, "out")],
    ],
  },
  inspect: { args: () => ["inspect", join(WORLD, "llama2"), join(WORLD, "qwen2")], only: "source tokens by class" },
};

/** `name` is a row of the table above. */
export function commandOutput(name, root) {
  const { args, only } = SHOWN[name];
  const folder = mkdtempSync(join(tmpdir(), "langbridge-docs-"));
  try {
    const run = [join(root, "bin", "run.js"), ...args(folder), "--quiet"];
    const said = execFileSync(process.execPath, run, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    const printed = said.replaceAll(join(folder, "out"), "out"); // Another folder each time.
    const shown = only === undefined ? printed : printed.split("\n\n").find((part) => part.startsWith(only));
    return `\`\`\`text\n${shown.trimEnd()}\n\`\`\``;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

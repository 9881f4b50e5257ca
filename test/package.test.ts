import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { byteLevelTokenizer, makeAdapter, makeLlm } from "./helpers/make-folders.js";
import { temporaryFolder } from "./helpers/temporary-folder.js";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const INSTALL_TIMEOUT_MS = 300_000;

const root = temporaryFolder();
const project = join(root, "project");

function npm(args: readonly string[], cwd: string): string {
  const env = { ...process.env };
  // npm hands its settings down to what it runs; a user's shell has none of them.
  for (const name of Object.keys(env)) if (/^npm_config_|^onnxruntime_node_install/i.test(name)) delete env[name];
  return execFileSync("npm", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

const langbridge = (...args: string[]): string =>
  execFileSync(process.execPath, [join(project, "node_modules/langbridge/bin/run.js"), ...args], {
    cwd: project, // Not the checkout, whose own files would answer.
    encoding: "utf8",
  });

describe("the package", () => {
  let packed: { filename: string; files: { path: string }[] };

  beforeAll(() => {
    const output = npm(["pack", "--json", "--ignore-scripts", "--pack-destination", root], ROOT);
    const parsed = JSON.parse(output) as (typeof packed)[] | Record<string, typeof packed>;
    packed = Object.values(parsed)[0]!;
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true }));
    npm(["install", "--no-audit", "--no-fund", join(root, packed.filename)], project);
  }, INSTALL_TIMEOUT_MS);

  test("holds what users need and nothing else", () => {
    const folders = new Set(packed.files.map(({ path }) => path.replace(/^(dist\/[^/]+|[^/]+).*$/, "$1")));
    expect([...folders].sort()).toEqual(
      [
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "bin",
        "dist/cli",
        "dist/commands",
        "dist/pages",
        "dist/src",
        "docs",
        "examples",
        "oclif.manifest.json",
        "package.json",
      ].sort(),
    );
    expect(
      packed.files.filter(({ path }) => /\.test\.|^(?:fixtures|bench|test|scripts|pages|docs\/api)\//.test(path)),
    ).toEqual([]);
  });

  test("installs in an empty folder without the project's .npmrc, and runs", () => {
    expect(langbridge("--help")).toContain("transfer");
    expect(langbridge("--version")).toContain(`langbridge/${version()}`);
  });

  test("transfers and inspects from there", () => {
    const words = ["Ġthe", "Ġcat"];
    makeLlm(join(root, "llm"), { tokenizer: byteLevelTokenizer(words, ["<|end|>"]), hiddenSize: 4 });
    makeAdapter(join(root, "adapter"), { tokens: { Ġthe: 1, Ġcat: 2 } });
    const output = join(root, "moved");
    const report = JSON.parse(
      langbridge("transfer", join(root, "adapter"), join(root, "llm"), "--output", output, "--json"),
    ) as { counts: object };
    expect(report.counts).toEqual({ exact: 2 });
    expect(langbridge("inspect", output)).toContain("2 rows");
  });

  test("exports the library with its types", () => {
    const script = `import { planTransfer } from "langbridge"; process.stdout.write(typeof planTransfer);`;
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: project });
    expect(String(printed)).toBe("function");
    expect(packed.files.map(({ path }) => path)).toContain("dist/src/index.d.ts");
  });
});

function version(): string {
  return (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version;
}

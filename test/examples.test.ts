import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { readDocument } from "./helpers/markdown.js";
import { readJson } from "./helpers/read-json.js";
import { WORLD } from "./helpers/small-world.js";
import { temporaryFolder } from "./helpers/temporary-folder.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const EXAMPLES = join(ROOT, "examples");
const root = temporaryFolder();
const adapter = join(WORLD, "adapters", "llama2", "paper-0");
const [source, target, vision, images] = ["llama2", "qwen2", "vision", "images"].map((name) => join(WORLD, name)) as [
  string,
  string,
  string,
  string,
];
const picture = join(images, "scene_0000.png");
const transferred = join(root, "transferred");
const questions = ["--benchmark", "gqa", "--data", join(WORLD, "benchmarks", "gqa"), "--images", images];
const few = [...questions, "--limit", "12", "--threads", "1"];

/** Schedulers of the machine that tests run on must not be taken for those of an example. */
const quiet = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SLURM|JOB)_/.test(name)));

const run = async (
  program: string,
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<string> => {
  const env = { ...quiet, ...variables, PATH: `${join(root, "bin")}${delimiter}${process.env["PATH"]}` };
  const { stdout } = await promisify(execFile)(program, args, { cwd: root, env });
  return stdout;
};
const node = (name: string, ...args: string[]): Promise<string> =>
  run(process.execPath, [join(EXAMPLES, name), ...args]);
const langbridge = (args: readonly string[], variables?: Record<string, string>): Promise<string> =>
  run(process.execPath, [join(ROOT, "bin", "run.js"), ...args], variables);
const bash = (name: string, args: readonly string[], variables?: Record<string, string>): Promise<string> =>
  run("bash", [join(EXAMPLES, name), ...args], variables);

/** Shell scripts call `langbridge`, as an installation puts it on the path. */
function installCommand(): void {
  mkdirSync(join(root, "bin"));
  const script = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "bin", "run.js")}" "$@"\n`;
  writeFileSync(join(root, "bin", "langbridge"), script, { mode: 0o755 });
}

/** Windows has no Bash of its own. */
const testShell = process.platform === "win32" ? test.skip : test;

beforeAll(async () => {
  installCommand();
  await langbridge(["transfer", adapter, target, "--output", transferred]);
});

describe("examples", () => {
  test("type-check with strict", async () => {
    await run(process.execPath, [join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-p", EXAMPLES]);
    const { compilerOptions } = readJson(ROOT, "tsconfig.json") as { compilerOptions: { strict: boolean } };
    expect(compilerOptions.strict).toBe(true);
  });

  test("are all run here, and listed in their README", () => {
    const programs = readdirSync(EXAMPLES).filter((name) => /\.(mjs|sh|sbatch|yaml)$/.test(name));
    expect(programs.length).toBeGreaterThanOrEqual(6);
    const [tests, readme] = [fileURLToPath(import.meta.url), join(EXAMPLES, "README.md")].map((path) =>
      readFileSync(path, "utf8"),
    );
    for (const name of programs) {
      expect(tests).toContain(`"${name}"`);
      expect(readme).toContain(`(${name})`);
    }
  });

  test("compare two tokenizers, word by word", async () => {
    writeFileSync(join(root, "words.txt"), "moon\norange\n");
    const said = await node("compare-tokenizers.mjs", source, target, join(root, "words.txt"));
    // fixtures/README.md: each family keeps some words in pieces, others than the next.
    expect(said).toContain("moon: 1 and 2 tokens: ▁moon | Ġm oon");
    expect(said).toContain("orange: 3 and 1 tokens: ▁or ang e | Ġorange");
    expect(said).toMatch(/^exact +\d+ +\d+\.\d %$/m);
  });

  test("explain one picture in its own shape", async () => {
    const lines = (await node("explain-picture.mjs", picture, adapter, vision)).trimEnd().split("\n");
    expect(lines.map((line) => line.split(" | ").map((cell) => cell.split(" ")[0]))).toEqual([
      ["▁diamond", "▁red"],
      ["▁heart", "▁nothing"],
    ]);
  });

  test("hear sounds: an adapter of no pictures is explained, transferred and evaluated by features from a file", async () => {
    const folder = join(root, "sounds");
    await node("hear-sounds.mjs", target, folder);
    const at = (name: string): string => join(folder, name);
    const features = ["--features", at("sounds.safetensors")];
    const heard = await langbridge([
      "explain",
      "sound-0.wav",
      "--adapter",
      at("adapter"),
      ...features,
      "--output",
      at("heard"),
    ]);
    expect(heard).toContain("sound-0.wav  4 vectors\n");
    expect(heard).toMatch(/^Ġnothing +2\.00 +2 of 4\nĠbig +0\.67 +2 of 4\nĠred +0\.67 +2 of 4\n/m);

    const other = join(WORLD, "llama3");
    const sparse = ["--align", "sparse", ...features];
    await langbridge(["transfer", at("adapter"), other, ...sparse, "--output", at("moved")]);
    const ask = async (model: string, llm: string, output: string, ...more: string[]): Promise<number> => {
      const questions = ["--benchmark", "custom", "--data", at("questions"), "--threads", "1"];
      await langbridge([
        ...["eval", ...questions, "--adapter", at(model), "--llm", llm, ...features, "--output", at(output), ...more],
      ]);
      const { primary } = readJson(at(output), "results.json") as { primary: { value: number } };
      return primary.value;
    };
    expect(await ask("adapter", target, "before")).toBe(1);
    expect(await ask("moved", other, "after")).toBe(1);
    expect(await ask("adapter", target, "blind", "--blind")).toBeLessThan(0.5);
  });

  test("answer a folder of pictures as JSON Lines, and go on after an interruption", async () => {
    const [pictures, output] = [join(root, "pictures"), join(root, "answers.jsonl")];
    mkdirSync(pictures);
    for (const name of ["scene_0000.png", "scene_0003.png"]) copyFileSync(join(images, name), join(pictures, name));
    writeFileSync(join(pictures, "torn.jpg"), "no image");
    const question = "What color is the star?\nAnswer the question using a single word or phrase.";
    const ask = (): Promise<string> =>
      node("answer-folder.mjs", transferred, target, vision, pictures, output, question);
    await ask();
    const whole = readFileSync(output, "utf8");
    const rows = whole
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(rows.map(({ image, answer }) => [image, answer])).toEqual([
      ["scene_0000.png", "red"],
      ["scene_0003.png", "blue"],
      ["torn.jpg", undefined],
    ]);
    expect(rows[2]!["error"]).toContain("torn.jpg: is not an image of a supported format");

    writeFileSync(output, whole.slice(0, whole.indexOf("\n") + 1));
    await ask();
    expect(readFileSync(output, "utf8")).toBe(whole);
  });

  testShell("export and run without langbridge", async () => {
    const question = "What shape is the green object?\nAnswer the question using a single word or phrase.";
    const args = [transferred, target, vision, join(root, "exported"), picture, question];
    expect(await bash("export-and-run.sh", args)).toBe("diamond\n");
    // What it is made of runs by itself too.
    expect(await node("run-exported.mjs", join(root, "exported"), picture, question)).toBe("diamond\n");
    const imports = [...readFileSync(join(EXAMPLES, "run-exported.mjs"), "utf8").matchAll(/from "([^"]+)"/g)];
    expect(imports.map(([, name]) => name)).not.toContain("langbridge");
  });

  testShell("transfer and evaluate before and after", async () => {
    const output = join(root, "before-and-after");
    const said = await bash("transfer-and-evaluate.sh", [adapter, source, target, vision, output, ...few]);
    expect(said).toMatch(/^accuracy +\S+ % +\S+ % .* \S+ %$/m);
    const { comparison } = readJson(output, "after", "results.json") as {
      comparison: { blind: number; retention: number };
    };
    expect(comparison.blind).toBeLessThan(1);
    expect(comparison.retention).toBeGreaterThan(0.5);
    expect(existsSync(join(output, "report.html"))).toBe(true);
  });

  testShell("compare methods", async () => {
    const output = join(root, "methods");
    const args = [adapter, source, target, vision, output, ...few];
    const said = await bash("compare-methods.sh", args, { METHODS: "none sparse" });
    const rows = [...said.matchAll(/^(\w+) +(0\.\d+|1|0)$/gm)];
    const scores = new Map(rows.map(([, name, score]) => [name, Number(score)]));
    expect([...scores.keys()].sort()).toEqual(["blind", "none", "sparse"]);
    expect(scores.get("sparse")).toBeGreaterThan(scores.get("none")!);
  });
});

describe("docs/first-steps.md", () => {
  testShell("does what it says", async () => {
    const page = readDocument("docs/first-steps.md");
    const [install, ...blocks] = page.codeBlocks.filter(({ language }) => language === "sh").map(({ code }) => code);
    expect(install).toContain("alias langbridge=");
    const withYourOwn = blocks.pop();
    expect(withYourOwn).toContain("npm install --global langbridge");
    const script = blocks.join("\n").replaceAll("node examples/", `node ${EXAMPLES}/`);
    const said = await run("bash", ["-euc", `W=${WORLD}\n${script}`]);
    expect(said).toMatch(/^exact bytes +417 /m);
    expect(said).toMatch(/^accuracy +99\.00 % +92\.50 %/m);
    expect(said).toContain("40.50 % blind");
    expect(said).toMatch(/^diamond$/m);
    expect(existsSync(join(root, "try", "seen", "index.html"))).toBe(true);
    expect(said).toMatch(/1 questions? asked, 1 scored/);
  });
});

describe("examples of runs in parts", () => {
  const model = ["--adapter", transferred, "--llm", target, "--vision", vision];
  let whole: unknown;

  beforeAll(async () => {
    await langbridge(["eval", ...few, ...model, "--output", join(root, "whole")]);
    whole = figuresOf("whole");
  });

  const figuresOf = (...folder: string[]): unknown =>
    (readJson(root, ...folder, "results.json") as { primary: unknown }).primary;

  testShell("on the GPUs of one machine give what one process gives", async () => {
    await bash("many-gpus.sh", ["2", join(root, "gpus"), ...few, ...model], { DEVICE: "cpu" });
    expect(figuresOf("gpus", "whole")).toEqual(whole);
  });

  testShell("in a Slurm array, a task alone that failed too", async () => {
    const set = {
      ...{ DEVICE: "cpu", SHARDS: "2", DATA: join(WORLD, "benchmarks", "gqa"), ADAPTER: transferred, LLM: target },
      ...{ VISION: vision, OUTPUT: join(root, "slurm"), SLURM_CPUS_PER_TASK: "1" },
    };
    // Slurm copies a script before it runs it; the images of the small world do not lie where LLaVA puts them.
    const script = readFileSync(join(EXAMPLES, "slurm-array.sbatch"), "utf8");
    const copy = join(root, "slurm-array.sbatch");
    writeFileSync(copy, script.replace('--output "${OUTPUT', `--images ${images} --limit 12 --output "\${OUTPUT`));
    const array = { SLURM_ARRAY_TASK_MIN: "0", SLURM_ARRAY_TASK_STEP: "1", SLURM_ARRAY_TASK_COUNT: "2" };
    await run("bash", [copy], { ...set, ...array, SLURM_ARRAY_TASK_ID: "0" });
    await run("bash", [copy], { ...set, SLURM_ARRAY_TASK_ID: "1", SLURM_ARRAY_TASK_COUNT: "1", SHARD: "1/2" });
    await langbridge(["eval", "merge", join(root, "slurm"), "--output", join(root, "slurm-whole")]);
    expect(figuresOf("slurm-whole")).toEqual(whole);
    expect(script).toContain("#SBATCH --array=0-3");
    expect(script).toContain("${SHARDS:-4}");
  });

  test("in an Indexed Job of Kubernetes", async () => {
    const { spec } = parse(readFileSync(join(EXAMPLES, "kubernetes-job.yaml"), "utf8")) as IndexedJob;
    expect(spec).toMatchObject({ completionMode: "Indexed", parallelism: spec.completions });
    const { command, volumeMounts } = spec.template.spec.containers[0]!;
    expect(command).toContain(`--shards=${spec.completions}`);
    expect(volumeMounts[0]!.mountPath).toBe("/shared");
    const places: Readonly<Record<string, string>> = {
      ...{ data: join(WORLD, "benchmarks", "gqa"), adapter: transferred, llm: target, vision },
      ...{ device: "cpu", output: join(root, "kubernetes") },
    };
    const args = command
      .slice(1)
      .map((arg) =>
        arg.replace(/^--(\w+)=.*$/, (same, name: string) => (places[name] ? `--${name}=${places[name]}` : same)),
      );
    const more = ["--images", images, "--limit", "12", "--threads", "1"];
    const indices = Array.from({ length: spec.completions }, (_, index) => String(index));
    for (const index of indices) await langbridge([...args, ...more], { JOB_COMPLETION_INDEX: index });
    await langbridge(["eval", "merge", places["output"]!, "--output", join(root, "kubernetes-whole")]);
    expect(figuresOf("kubernetes-whole")).toEqual(whole);
  });
});

interface IndexedJob {
  readonly spec: {
    readonly completionMode: string;
    readonly completions: number;
    readonly parallelism: number;
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly command: readonly string[];
          readonly volumeMounts: readonly { readonly mountPath: string }[];
        }[];
      };
    };
  };
}

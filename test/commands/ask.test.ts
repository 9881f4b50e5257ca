import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import Ask from "../../commands/ask.js";
import { runCommand } from "../helpers/run-command.js";
import { readWorldAnswers, WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
process.env["LANGBRIDGE_CACHE_DIR"] = join(root, "cache");

const golden = readWorldAnswers().find(({ llm, adapter }) => llm === "qwen2" && adapter === "qwen2/anchored")!;
const picture = join(WORLD, "images", golden.image);
const other = join(WORLD, "images", "scene_0001.png");
const MODEL = [
  ...["--adapter", join(WORLD, "adapters", "qwen2", "anchored"), "--llm", join(WORLD, "qwen2")],
  ...["--vision", join(WORLD, "vision"), "--threads", "1"],
];

interface Asked {
  readonly model: string;
  readonly images: readonly string[];
  readonly answers: readonly { readonly question: string; readonly text: string; readonly cachedTokens: number }[];
}
const ask = (...argv: string[]) => runCommand<Asked>(Ask, [...argv, ...MODEL]);

/** Standard input as the command finds it. */
function withInput(content: string | Buffer): void {
  jest.spyOn(process, "stdin", "get").mockReturnValue(Readable.from([content]) as never);
}
afterEach(() => {
  jest.restoreAllMocks();
});

describe("ask", () => {
  test("shows PyTorch's answer", async () => {
    const { stdout, stderr, exitCode } = await ask(picture, golden.question);
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: `${golden.answer.trim()}\n`, stderr: "", exitCode: 0 });
  });

  test("takes a tuned folder", async () => {
    const model = ["--model", join(WORLD, "tuned", "llava-qwen2"), "--threads", "1"];
    const { stdout, exitCode } = await runCommand(Ask, [picture, "What shape is in the picture?", ...model]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\w+/);
  });

  test("asks about several pictures, and a result for --json says what was asked", async () => {
    const { result } = await ask(picture, other, "Describe the pictures.", "--json");
    expect(result).toMatchObject({
      images: [picture, other],
      answers: [{ question: "Describe the pictures.", cachedTokens: 0 }],
    });
  });

  test("takes the picture from standard input", async () => {
    withInput(readFileSync(picture));
    expect((await ask("-", golden.question)).stdout).toBe(`${golden.answer.trim()}\n`);
  });

  test("asks the questions of a file one by one, on the prefix of the picture that was run once", async () => {
    const file = join(root, "questions.txt");
    writeFileSync(file, `${golden.question}\n\n  What shape is it?\r\n`);
    const { stdout } = await ask(picture, "--questions", file);
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      `> ${golden.question}`,
      golden.answer.trim(),
      "",
      "> What shape is it?",
    ]);
    const { result } = await ask(picture, "--questions", file, "--json");
    expect(result!.answers.map(({ cachedTokens }) => cachedTokens > 0)).toEqual([false, true]);
  });

  test("draws the same answer for the same seed", async () => {
    const drawn = ["Describe the picture.", "--temperature", "2", "--top-p", "0.9"];
    const [first, again] = [await ask(picture, ...drawn, "--seed", "5"), await ask(picture, ...drawn, "--seed", "5")];
    expect(first.stdout).toBe(again.stdout);
    const seeds: string[] = [];
    for (const seed of ["6", "7", "8"]) seeds.push((await ask(picture, ...drawn, "--seed", seed)).stdout);
    expect(new Set([...seeds, first.stdout]).size).toBeGreaterThan(1);
  });

  test("without a question asks what comes in, line by line, as one chat", async () => {
    withInput(`${golden.question}\n/reset\n${golden.question}\n/exit\nnever asked\n`);
    const { stdout, stderr } = await ask(picture);
    expect(stdout).toBe(`${golden.answer.trim()}\n`.repeat(2));
    expect(stderr).toBe("forgotten; the next question is asked about the same pictures\n");
  });

  test.each<[string, string[], RegExp]>([
    ["a picture that is not there", ["none.png"], /^langbridge: none\.png: no such file\n$/],
    ["a file that is no picture", [join(WORLD, "README.md"), "What?"], /README\.md: .*JPEG, PNG, WebP/],
    ["a session with --json", [picture, "--json"], /^$/],
    [
      "a temperature that is none",
      [picture, "a", "--temperature", "hot"],
      /^langbridge: --temperature: expected a number, got hot\n$/,
    ],
    ["a temperature out of its range", [picture, "a", "--temperature", "-1"], /"temperature": Too small/],
    ["a seed where nothing is drawn", [picture, "a", "--seed", "1"], /--temperature/],
    ["a file without questions", [picture, "--questions", "/dev/null"], /\/dev\/null: /],
  ])("refuses %s", async (_what, argv, message) => {
    const { stderr, stdout, exitCode } = await ask(...argv);
    expect(stderr).toMatch(message);
    if (argv.includes("--json")) expect(stdout).toContain("a session has no one result");
    expect(exitCode).not.toBe(0);
  });

  test("says which flags name the model", async () => {
    const { stderr } = await runCommand(Ask, [picture, "What?", "--llm", join(WORLD, "qwen2")]);
    expect(stderr).toMatch(/^langbridge: --adapter, --vision: not given; an adapter needs all three/);
  });
});

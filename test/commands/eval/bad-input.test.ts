import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import Eval from "../../../commands/eval/index.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";
import { runCommand } from "../../helpers/run-command.js";

const SPLITS = ["adversarial", "random", "popular"];
const ask = (thing: string): string => `Is there a ${thing} in the image?`;

/** POPE with two questions a split, and right answers. */
function popeFolder(): string {
  const rows = SPLITS.flatMap((category) => ["cat", "dog"].map((thing) => ({ category, thing })));
  const questions = rows.map(({ category, thing }, row) => ({
    question_id: row + 1,
    image: `${thing}.png`,
    text: `${ask(thing)}\nAnswer the question using a single word or phrase.`,
    category,
  }));
  const labels = ["cat", "dog"].map((thing) => ({
    image: `${thing}.png`,
    text: ask(thing),
    label: thing === "cat" ? "yes" : "no",
  }));
  return dataFolder({
    "llava_pope_test.jsonl": jsonLines(questions),
    ...Object.fromEntries(SPLITS.map((split) => [`coco/coco_pope_${split}.json`, jsonLines(labels)])),
    "answers.jsonl": jsonLines(
      questions.map(({ question_id, text: prompt }, row) => ({ question_id, prompt, text: row % 2 ? "No" : "Yes" })),
    ),
  });
}

const popeArgs = (folder: string): string[] => [
  ...["--benchmark", "pope", "--data", folder, "--answers", join(folder, "answers.jsonl")],
];

const edit = (path: string, change: (text: string) => string): void =>
  writeFileSync(path, change(readFileSync(path, "utf8")));

interface Case {
  readonly what: string;
  readonly spoil: (folder: string) => Promise<readonly string[]> | readonly string[] | void;
  readonly message: RegExp;
}

const CASES: readonly Case[] = [
  {
    what: "a missing annotation file",
    spoil: (folder) => rmSync(join(folder, "coco", "coco_pope_random.json")),
    message: /has no coco\/coco_pope_random\.json or coco_pope_random\.json: POPE's annotations, .* commit e3e39262/,
  },
  {
    what: "a missing question file",
    spoil: (folder) => rmSync(join(folder, "llava_pope_test.jsonl")),
    message: /has no llava_pope_test\.jsonl: LLaVA's question file, from the eval\.zip/,
  },
  {
    what: "a question file that was cut off",
    spoil: (folder) => edit(join(folder, "llava_pope_test.jsonl"), (text) => text.slice(0, -30)),
    message: /llava_pope_test\.jsonl: line 6: is not valid JSON/,
  },
  {
    what: "annotations that do not fit the questions",
    spoil: (folder) =>
      edit(join(folder, "coco", "coco_pope_popular.json"), (text) => text.split("\n").slice(1).join("\n")),
    message: /coco_pope_popular\.json: 1 rows do not fit the 2 popular questions/,
  },
  {
    what: "answers to another benchmark",
    spoil: (folder) => writeFileSync(join(folder, "answers.jsonl"), jsonLines([{ question_id: "n12", text: "A" }])),
    message: /answers\.jsonl: line 1: question_id "n12" is not in llava_pope_test\.jsonl; are these answers to another/,
  },
  {
    what: "a question answered twice",
    spoil: (folder) => edit(join(folder, "answers.jsonl"), (text) => text + text.split("\n")[0]),
    message: /answers\.jsonl: line 7: answers question 1 again, after .*answers\.jsonl: line 1; keep one/,
  },
  {
    what: "a broken line of answers",
    spoil: (folder) => edit(join(folder, "answers.jsonl"), (text) => text.replace('"text":"No"', '"text":')),
    message: /answers\.jsonl: line 2: is not valid JSON/,
  },
  {
    what: "a file without answers",
    spoil: (folder) => writeFileSync(join(folder, "answers.jsonl"), ""),
    message: /answers\.jsonl: no answers; expected one JSON object a line/,
  },
  {
    what: "a baseline that is no result",
    spoil: (folder) => ["--baseline", join(folder, "answers.jsonl")],
    message: /answers\.jsonl: is not valid JSON|is not a result of langbridge eval/,
  },
  {
    what: "a baseline of another benchmark",
    spoil: async () => {
      const rows = [{ image: null, id: "a", question: "?", answers: ["b"] }];
      const answers = jsonLines([{ question_id: "a", text: "b" }]);
      const folder = dataFolder({ "questions.jsonl": jsonLines(rows), "answers/a.jsonl": answers });
      const args = ["--benchmark", "custom", "--data", folder, "--answers", join(folder, "answers", "a.jsonl")];
      await runCommand(Eval, [...args, "--output", join(folder, "out")]);
      return ["--baseline", join(folder, "out", "results.json")];
    },
    message: /results\.json: is a result of custom, this is pope; compare results of one benchmark/,
  },
  {
    what: "a baseline on other data",
    spoil: async (folder) => {
      await runCommand(Eval, [...popeArgs(folder), "--output", join(folder, "before")]);
      edit(join(folder, "coco", "coco_pope_random.json"), (text) => text.replace('"no"', '"yes"'));
      return ["--baseline", join(folder, "before", "results.json")];
    },
    message: /rests on other data: coco\/coco_pope_random\.json is sha256 .* there and .* here/,
  },
  {
    what: "a metric variant that the benchmark lacks",
    spoil: () => ["--metric-variant", "vlmevalkit"],
    message: /--metric-variant vlmevalkit: pope has no such variant; it has llava, strict, lmms-eval/,
  },
  {
    what: "a seed without a limit",
    spoil: () => ["--seed", "1"],
    message: /--seed draws a random subset and needs --limit/,
  },
];

describe("langbridge eval refuses in one line, and writes nothing", () => {
  test.each(CASES)("$what", async ({ spoil, message }) => {
    const folder = popeFolder();
    const more = (await spoil(folder)) ?? [];
    const output = join(folder, "out");
    const { exitCode, stderr } = await runCommand(Eval, [...popeArgs(folder), "--output", output, ...more]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect([exitCode, existsSync(output)]).toEqual([1, false]);
  });
});

describe("langbridge eval knows before the model is loaded", () => {
  const nowhere = (folder: string): string[] => ["--adapter", folder, "--llm", folder, "--vision", folder];
  const runArgs = (folder: string): string[] => [
    ...["--benchmark", "pope", "--data", folder, "--images", folder, "--output", join(folder, "out")],
    ...nowhere(folder),
  ];
  const withImages = (): string => {
    const folder = popeFolder();
    for (const name of ["cat.png", "dog.png"]) writeFileSync(join(folder, name), "");
    return folder;
  };

  test("that a baseline answers other questions", async () => {
    const folder = withImages();
    await runCommand(Eval, [...popeArgs(folder), "--output", join(folder, "before")]);
    const baseline = ["--baseline", join(folder, "before", "results.json")];
    const { stderr } = await runCommand(Eval, [...runArgs(folder), "--limit", "2", ...baseline]);
    expect(stderr).toMatch(/results\.json: answers 6 other questions than the 2 here; run both with the same --limit/);
    expect(existsSync(join(folder, "out"))).toBe(false);
  });

  test("that one shard of several has nothing to report", async () => {
    const folder = withImages();
    const more = ["--shard", "0/2", "--html", join(folder, "x.html"), "--baseline", "before.json"];
    const { stderr, exitCode } = await runCommand(Eval, [...runArgs(folder), ...more]);
    expect(stderr).toMatch(/--html, --baseline: one shard of several has no result; give it to langbridge eval merge/);
    expect(exitCode).toBe(2);
  });

  test("that a question marks the place of an image by itself, naming it", async () => {
    const rows = [{ image: "cat.png", id: "odd", question: "What is\n<image>?", answers: ["a cat"] }];
    const folder = dataFolder({ "questions.jsonl": jsonLines(rows), "cat.png": "" });
    const args = ["--benchmark", "custom", "--data", folder, "--images", folder, "--output", join(folder, "out")];
    const { stderr } = await runCommand(Eval, [...args, ...nowhere(folder)]);
    expect(stderr).toMatch(/questions\.jsonl: question odd holds "<image>", which marks the place of its image/);
    expect(stderr.trimEnd()).not.toContain("\n");
  });
});

test("a blind run needs no folder of images", async () => {
  const folder = popeFolder();
  const args = ["--benchmark", "pope", "--data", folder, "--blind", "--output", join(folder, "out")];
  const { stderr } = await runCommand(Eval, [...args, "--adapter", folder, "--llm", folder, "--vision", folder]);
  expect(stderr).not.toMatch(/no such folder/); // It goes on to the model, of which there is none.
  expect(stderr).toMatch(/config\.json|holds no|no weights|safetensors/);
});

test("an output that is a file is refused in one line", async () => {
  const folder = popeFolder();
  const output = join(folder, "answers.jsonl");
  const { stderr, exitCode } = await runCommand(Eval, [...popeArgs(folder), "--output", output]);
  expect(exitCode).toBe(1);
  expect(stderr).toBe(`langbridge: ${output}: is a file or lies below one, expected a folder; choose another\n`);
});

test("missing images are listed before the model is loaded", async () => {
  const folder = popeFolder();
  writeFileSync(join(folder, "cat.png"), "");
  const args = ["--benchmark", "pope", "--data", folder, "--images", folder, "--output", join(folder, "out")];
  const { stderr } = await runCommand(Eval, [...args, "--adapter", folder, "--llm", folder, "--vision", folder]);
  expect(stderr).toMatch(/1 images are not there: dog\.png; --images DIR says where they are, --skip-missing scores/);
});

test("names of images and ids of questions that hold line breaks and escapes are shown, not obeyed", async () => {
  const id = "q\n\u001b[31m";
  const row = {
    id,
    image: "a\nb\u001b[31mX.png",
    question: "?",
    answers: ["A"],
    scoring: "choice",
    choices: ["x", "y"],
  };
  const answers = jsonLines([{ question_id: id, text: "neither" }]);
  const folder = dataFolder({ "questions.jsonl": jsonLines([row]), "answers/a.jsonl": answers });
  const args = ["--benchmark", "custom", "--data", folder];
  const model = ["--adapter", folder, "--llm", folder, "--vision", folder, "--output", join(folder, "out")];
  const { stderr } = await runCommand(Eval, [...args, ...model]);
  expect(stderr).toMatch(/^langbridge: .*: 1 images are not there: a␊b␛\[31mX\.png; .*\n$/);
  const { stdout } = await runCommand(Eval, [...args, "--answers", join(folder, "answers", "a.jsonl")]);
  expect(stdout).toContain('1 unparseable answers: q␊␛[31m "neither"');
});

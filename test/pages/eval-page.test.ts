import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import Eval from "../../commands/eval/index.js";
import type { QuestionsData } from "../../src/benchmark/report/questions-data.js";
import type { Results } from "../../src/benchmark/scoring/results.js";
import { jsonLines } from "../helpers/data-folder.js";
import { describeInChromium, expectAccessible } from "../helpers/chromium.js";
import { readJson } from "../helpers/read-json.js";
import { runCommand } from "../helpers/run-command.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const at = (...name: string[]): string => join(root, ...name);
const HOSTILE = `</script><img src=x onerror="document.title='taken'">`;
const FORMULA = `=HYPERLINK("http://x","y")`;
/** What LLaVA puts behind a question. */
const SHORT = "Answer the question using a single word or phrase.";
const COLOURS = ["red", "green", "blue"];

/** 24 questions about 12 pictures in three groups; question 5 is answered with hostile text, question 6 with a formula. */
const questions = Array.from({ length: 24 }, (_, row) => ({
  id: row,
  image: `scene_00${String(Math.floor(row / 2)).padStart(2, "0")}.png`,
  question: row === 4 ? `What is ${HOSTILE}?` : `What colour is thing ${row}?`,
  answers: [COLOURS[row % 3]!],
  category: `group ${row % 3}`,
}));
/** Before, 2 of 24 were wrong; after, 4 others are, and one of the former is right. */
const answer = (row: number, wrong: readonly number[]): string => (wrong.includes(row) ? "black" : COLOURS[row % 3]!);
const before = questions.map(({ id }) => ({ question_id: id, text: answer(id, [0, 1]) }));
const after = questions.map(({ id }) => ({
  question_id: id,
  text: id === 5 ? HOSTILE : id === 6 ? FORMULA : answer(id, [0, 7, 8]),
}));

const page = at("report.html");
const evaluate = (...more: string[]) =>
  runCommand<Results>(Eval, ["--benchmark", "custom", "--data", at("data", "questions.jsonl"), ...more]);

beforeAll(async () => {
  mkdirSync(at("data", "images"), { recursive: true });
  mkdirSync(at("seen"));
  for (const { image } of questions) cpSync(join(WORLD, "images", image), at("data", "images", image));
  writeFileSync(at("data", "questions.jsonl"), jsonLines(questions));
  writeFileSync(at("before.jsonl"), jsonLines(before));
  writeFileSync(at("after.jsonl"), jsonLines(after));
  // A page of explain is told by the hashes of its pictures.
  const explained = ["scene_0001.png", "scene_0003.png"].map((name) => ({
    file: `elsewhere/${name}`,
    sha256: createHash("sha256")
      .update(readFileSync(join(WORLD, "images", name)))
      .digest("hex"),
  }));
  writeFileSync(at("seen", "patches.jsonl"), jsonLines(explained));
  writeFileSync(at("seen", "index.html"), "<!doctype html><title>langbridge explain</title>");
  const first = await evaluate("--answers", at("before.jsonl"), "--output", at("before"));
  expect(first.stderr).toBe("");
  cpSync(at("before.jsonl"), at("before", "before.jsonl"));
  const second = await evaluate(
    ...["--answers", at("after.jsonl"), "--baseline", at("before", "results.json")],
    ...["--html", page, "--explained", at("seen")],
  );
  expect(second.stderr).toBe("");
});

describe("the files of --html", () => {
  const data = (): QuestionsData => readJson(root, "report.questions.json") as QuestionsData;

  test("hold every question with both answers as the rules judge them", () => {
    const { questions: asked, baseline, pictures } = data();
    expect([asked.length, pictures.length, baseline]).toEqual([24, 12, at("before", "results.json")]);
    expect(asked[7]).toMatchObject({
      id: 7,
      group: "group 1",
      question: `What colour is thing 7?\n${SHORT}`,
      right: "green",
      answer: { text: "black", score: 0 },
      before: { text: "green", score: 1 },
    });
    expect(pictures[asked[7]!.picture!]!.name).toBe("scene_0003.png");
  });

  test("link the pictures that explain has looked at, by their hashes", () => {
    const links = new Map(data().pictures.map(({ name, explained }) => [name, explained]));
    expect(links.get("scene_0001.png")).toBe("seen/index.html#picture=1");
    expect(links.get("scene_0003.png")).toBe("seen/index.html#picture=2");
    expect(links.get("scene_0000.png")).toBeNull();
  });

  test("are a table that no spreadsheet runs", () => {
    const lines = readFileSync(at("report.questions.csv"), "utf8").split("\r\n");
    expect(lines[0]).toBe(
      "question_id,picture,group,question,right_answer,answer,score,baseline_answer,baseline_score",
    );
    expect(lines[8]).toBe(`7,scene_0003.png,group 1,"What colour is thing 7?\n${SHORT}",green,black,0,green,1`);
    expect(lines[7]).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
  });

  test("are replaced by another run, and no file of something else is", async () => {
    const again = await evaluate("--answers", at("after.jsonl"), "--html", page);
    expect([again.stderr, again.exitCode]).toEqual(["", 0]);
    expect(data().baseline).toBeNull();
    writeFileSync(at("mine.questions.csv"), "a,b\r\n");
    const refused = await evaluate("--answers", at("after.jsonl"), "--html", at("mine.html"));
    expect(refused.stderr).toMatch(/mine\.questions\.csv: is there already and no report of langbridge/);
    const compared = ["--baseline", at("before", "results.json"), "--html", page, "--explained", at("seen")];
    await evaluate("--answers", at("after.jsonl"), ...compared);
  });

  test("say where the answers of the baseline are missing, unless they are named", async () => {
    await evaluate("--answers", at("before.jsonl"), "--output", at("alone"));
    const compared = [
      "--answers",
      at("after.jsonl"),
      "--baseline",
      at("alone", "results.json"),
      "--html",
      at("alone.html"),
    ];
    await evaluate(...compared);
    expect(readFileSync(at("alone.html"), "utf8")).toMatch(
      /<p class="finding">The answers of the baseline do not lie beside /,
    );
    await evaluate(...compared, "--baseline-answers", at("before.jsonl"));
    expect(readFileSync(at("alone.html"), "utf8")).not.toContain("do not lie beside");
  });
});

describeInChromium("the page of eval", (open) => {
  test("says in sentences what changed, and charts every group with its interval", async () => {
    const { page: tab, problems } = await open(page);
    const said = (await tab.locator(".finding").allTextContents()).join("\n");
    expect(said).toMatch(
      /accuracy: 91\.67 % before, 79\.17 % after, a difference of -12\.50 points \(95 % interval .* to .*\)/,
    );
    expect(said).toMatch(/by chance in .* of cases \(paired randomization test over 12 groups, p = 0\.\d+\)/);
    expect(said).toContain("Of 24 answers, 1 became better and 4 became worse.");
    const chart = tab.locator("svg.chart");
    expect(await chart.locator("text.end").allTextContents()).toEqual(["group 0", "group 1", "group 2", "all"]);
    expect(await chart.locator("line.series-0").count()).toBe(4);
    expect(await chart.locator("line.series-1").count()).toBe(4);
    expect(problems).toEqual([]);
  });

  test("lists what changed, became worse, is wrong, belongs to a group or holds a text", async () => {
    const { page: tab, problems } = await open(page);
    const status = (): Promise<string | null> => tab.locator(".status").textContent();
    const press = (name: RegExp) => tab.getByRole("button", { name }).click();
    expect(await status()).toBe("24 of 24 questions");
    await press(/^Wrong 5/);
    expect(await status()).toBe("5 of 24 questions");
    await press(/^Became better 1/);
    expect(await tab.locator(".question h2").textContent()).toContain("Question 1");
    await press(/^Became worse 4/);
    expect(await status()).toBe("4 of 24 questions");
    await tab.locator("select").selectOption("group 1");
    expect(await status()).toBe("1 of 24 questions");
    expect(await tab.locator(".question dd").allTextContents()).toEqual([
      `What colour is thing 7?\n${SHORT}`,
      "green",
      "wrongblack",
      "rightgreen",
    ]);
    await tab.locator("select").selectOption("");
    await press(/^All/);
    await tab.locator('input[type="search"]').fill("THING 11");
    expect(await status()).toBe("1 of 24 questions");
    await tab.locator('input[type="search"]').fill("no such thing");
    expect(await tab.locator(".list").textContent()).toBe("No question fits.");
    expect(problems).toEqual([]);
  });

  test("shows the picture of the question, goes on by keys, and links the page of explain", async () => {
    const { page: tab, problems } = await open(page);
    await tab.locator('[role="listbox"]').focus();
    for (let press = 0; press < 7; press += 1) await tab.keyboard.press("ArrowDown");
    expect(await tab.locator(".question h2").textContent()).toContain("Question 7");
    expect(await tab.evaluate<number>(`document.querySelector(".question img").naturalWidth`)).toBe(64);
    expect(await tab.locator(".question a").getAttribute("href")).toBe("seen/index.html#picture=2");
    await tab.locator(".question a").click();
    expect(await tab.title()).toBe("langbridge explain");
    expect(problems).toEqual([`request: ${tab.url().replace(/#.*/, "")}`]); // What the link leads to.
  });

  test("shows hostile answers as text, and has no serious finding of axe-core", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page: tab, problems } = await open(page, { colorScheme });
      await tab.locator('input[type="search"]').fill("onerror");
      expect(await tab.locator(".question dd").first().textContent()).toBe(`What is ${HOSTILE}?\n${SHORT}`);
      await tab.locator('[role="listbox"]').focus();
      await tab.keyboard.press("End");
      expect(await tab.locator(".question .said").first().textContent()).toBe(HOSTILE);
      await expectAccessible(tab);
      expect(await tab.title()).toBe("langbridge eval: custom");
      expect(await tab.locator("img[onerror]").count()).toBe(0);
      expect(problems).toEqual([]);
    }
  });

  test("shows pictures beyond those that it holds by the way to their files", async () => {
    const data = at("many");
    mkdirSync(join(data, "images"), { recursive: true });
    const many = Array.from({ length: 301 }, (_, row) => ({
      id: row,
      image: `a b#${row}.png`,
      question: "What?",
      answers: ["red"],
    }));
    for (const { image } of many) cpSync(join(WORLD, "images", "scene_0000.png"), join(data, "images", image));
    writeFileSync(join(data, "questions.jsonl"), jsonLines(many));
    writeFileSync(join(data, "answers.jsonl"), jsonLines(many.map(({ id }) => ({ question_id: id, text: "red" }))));
    const argv = [
      "--benchmark",
      "custom",
      "--data",
      join(data, "questions.jsonl"),
      "--answers",
      join(data, "answers.jsonl"),
    ];
    await runCommand<Results>(Eval, [...argv, "--html", at("many.html")]);
    const { page: tab, problems } = await open(at("many.html"));
    await tab.locator('[role="listbox"]').focus();
    await tab.keyboard.press("End");
    expect(await tab.locator(".question img").getAttribute("src")).toBe("many/images/a%20b%23300.png");
    await tab.waitForFunction(`document.querySelector(".question img").naturalWidth === 64`);
    expect(problems.filter((problem) => !/^request: file:.*many\/images/.test(problem))).toEqual([]);
  });

  test("shows its sentences, chart and questions without JavaScript", async () => {
    const { page: tab } = await open(page, { javaScriptEnabled: false });
    expect(await tab.locator("svg.chart").count()).toBe(1);
    expect(await tab.locator("#page table tbody tr").count()).toBe(24);
  });
});

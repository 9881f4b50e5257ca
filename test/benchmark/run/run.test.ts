import {
  appendFileSync,
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { findBenchmark } from "../../../src/benchmark/tasks/benchmarks.js";
import { writeResults } from "../../../src/benchmark/compare/evaluate.js";
import { mergeRuns } from "../../../src/benchmark/run/merge.js";
import { shardFiles } from "../../../src/benchmark/run/run-store.js";
import { planRun, runBenchmark, type RunOptions, type RunOutcome } from "../../../src/benchmark/run/run.js";
import { InputError, InterruptedError } from "../../../src/errors.js";
import { acquireLock } from "../../../src/files/process-lock.js";
import type { ProgressStep } from "../../../src/progress.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";
import { fakeAnswerer, type FakeAnswerer } from "../../helpers/fake-answerer.js";

const IMAGES = 5;
const QUESTIONS = 20;
const custom = findBenchmark("custom");

/** Four questions on each of five images, asked in turns. */
function makeData(): string {
  const questions = Array.from({ length: QUESTIONS }, (_, id) => ({
    id: `q${id}`,
    image: `${id % IMAGES}.png`,
    question: `Question ${id}?`,
    answers: ["yes"],
  }));
  const images: Record<string, string> = {};
  for (let index = 0; index < IMAGES; index += 1) images[`${index}.png`] = `image ${index}`;
  return dataFolder({ "questions.jsonl": jsonLines(questions), ...images });
}

type Changes = Partial<Omit<RunOptions, "answerer">> & { answerer?: FakeAnswerer };

async function run(data: string, options: Changes = {}): Promise<RunOutcome & { calls: FakeAnswerer["calls"] }> {
  const answerer = options.answerer ?? fakeAnswerer();
  const outcome = await runBenchmark(await optionsOf(data, { ...options, answerer }));
  return { ...outcome, calls: answerer.calls };
}

async function optionsOf(data: string, changes: Changes & { answerer: FakeAnswerer }): Promise<RunOptions> {
  return {
    benchmark: custom,
    dataset: changes.dataset ?? (await custom.load(data)),
    dataFolder: data,
    imageFolder: data,
    output: join(data, "out"),
    selection: { limit: null, seed: null },
    shard: null,
    blind: false,
    restart: false,
    skipMissing: false,
    tool: "test",
    ...changes,
  };
}

const finalFile = (data: string, output = "out"): string => readFileSync(join(data, output, "answers.jsonl"), "utf8");
const idsIn = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { question_id: string }).question_id);

describe("runBenchmark", () => {
  test("opens an image once for all its questions and writes the answers in the order of the questions", async () => {
    const data = makeData();
    const { calls, results } = await run(data);
    expect(calls).toEqual({ decoded: IMAGES, blanks: 0, opened: IMAGES, answered: QUESTIONS, disposed: IMAGES });
    expect(idsIn(readFileSync(join(data, "out", "answers-0-of-1.jsonl"), "utf8")).slice(0, 4)).toEqual([
      "q0",
      "q5",
      "q10",
      "q15",
    ]);
    expect(idsIn(finalFile(data))).toEqual(Array.from({ length: QUESTIONS }, (_, id) => `q${id}`));
    expect(JSON.parse(finalFile(data).split("\n")[0]!)).toEqual({
      question_id: "q0",
      prompt: "Question 0?\nAnswer the question using a single word or phrase.",
      text: expect.stringMatching(/^(Yes|No)$/),
      answer_id: expect.stringMatching(/^[\w-]{22}$/),
      model_id: "fake",
      metadata: {},
    });
    expect(results?.counts).toMatchObject({ asked: QUESTIONS, answered: QUESTIONS, missing: 0 });
  });

  test("records speed, stages, latency and the first prompt", async () => {
    const { results } = await run(makeData());
    expect(results?.run).toMatchObject({
      identity: { model: "fake" },
      firstPrompt: "<image>\nQuestion 0?\nAnswer the question using a single word or phrase.",
      questions: QUESTIONS,
    });
    const { stages, latency, questionsPerSecond } = results!.run!;
    expect(stages.vision).toBeCloseTo(0.001 * IMAGES, 9);
    expect(stages.prefill).toBeCloseTo(0.002 * IMAGES + 0.001 * QUESTIONS, 9);
    expect(latency!.p50).toBeLessThanOrEqual(latency!.p95);
    expect(questionsPerSecond).toBeGreaterThan(0);
  });

  test("without reuse every question opens its image anew, with the same answers", async () => {
    const data = makeData();
    await run(data);
    const { calls } = await run(data, { output: join(data, "single"), reusePrefix: false });
    expect(calls.opened).toBe(QUESTIONS);
    expect(finalFile(data, "single")).toBe(finalFile(data));
  });

  test("an image that cannot be decoded is named, or passed over where that was asked for", async () => {
    const data = makeData();
    const answerer: FakeAnswerer = {
      ...fakeAnswerer(),
      decode: (bytes, name) => {
        if (name.endsWith("2.png")) throw new InputError(`${name}: this PNG cannot be decoded`);
        return Promise.resolve(Buffer.from(bytes).toString("hex"));
      },
    };
    const file = join(data, "2.png");
    await expect(run(data, { answerer })).rejects.toThrow(
      `${file}: this PNG cannot be decoded; --skip-missing scores its questions as wrong`,
    );
    const { results } = await run(data, { answerer, skipMissing: true });
    expect(results).toMatchObject({ counts: { answered: 16, missing: 4 }, missingImages: ["2.png"] });
    const mended = await run(data);
    expect([mended.calls.answered, mended.results?.counts.answered]).toEqual([4, QUESTIONS]);
  });

  test("a question that cannot be asked is named", async () => {
    const answerer = fakeAnswerer();
    const open: FakeAnswerer["open"] = async (image) => ({
      ...(await answerer.open(image)),
      answer: (prompt) =>
        prompt.startsWith("Question 7")
          ? Promise.reject(new InputError("the prompt is 35039 tokens"))
          : Promise.resolve({ text: "Yes", tokens: 1, seconds: { prefill: 0, tokens: 0 } }),
    });
    await expect(run(makeData(), { answerer: { ...answerer, open } })).rejects.toThrow(
      "question q7: the prompt is 35039 tokens",
    );
  });

  test("a blind run reads no image and opens the zero image once", async () => {
    const data = makeData();
    for (let index = 0; index < IMAGES; index += 1) rmSync(join(data, `${index}.png`));
    const { calls, results } = await run(data, { blind: true });
    expect(calls).toMatchObject({ decoded: 0, blanks: 1, opened: 1, answered: QUESTIONS });
    expect(results?.blind).toBe(true);
  });

  test("reports questions done, speed and the score so far", async () => {
    const steps: ProgressStep[] = [];
    await run(makeData(), { onProgress: (step) => steps.push(step) });
    expect(steps.map(({ done }) => done)).toEqual(Array.from({ length: QUESTIONS + 1 }, (_, at) => at));
    expect(steps.at(-1)).toMatchObject({ stage: "custom", total: QUESTIONS, unit: "questions" });
    expect(steps.at(-1)!.detail).toMatch(/^[\d.]+ questions\/s, 0 s left, [\d.]+ % right so far$/);
  });
});

describe("resuming", () => {
  test("Ctrl-C keeps the answer in flight; the next call asks only what is left", async () => {
    const data = makeData();
    const whole = makeData();
    await run(whole);
    const controller = new AbortController();
    const interrupted = run(data, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 7) controller.abort();
      },
    });
    await expect(interrupted).rejects.toThrow(
      /interrupted; 7 of 20 answers are kept in .*out, the same command goes on/,
    );
    expect(existsSync(join(data, "out", "answers.jsonl"))).toBe(false);
    const { calls } = await run(data);
    expect(calls.answered).toBe(QUESTIONS - 7);
    expect(finalFile(data)).toBe(finalFile(whole));
  });

  test("a torn last line is cut off and its question asked again", async () => {
    const data = makeData();
    await run(data);
    const work = join(data, "out", "answers-0-of-1.jsonl");
    const whole = readFileSync(work, "utf8");
    const lines = whole.trimEnd().split("\n");
    writeFileSync(work, `${lines.slice(0, 12).join("\n")}\n${lines[12]!.slice(0, 40)}`);
    const { calls } = await run(data);
    expect(calls.answered).toBe(QUESTIONS - 12);
    expect(readFileSync(work, "utf8")).toBe(whole);
  });

  test("a finished run asks nothing again, and --restart asks everything", async () => {
    const data = makeData();
    await run(data);
    expect((await run(data)).calls).toMatchObject({ opened: 0, answered: 0 });
    expect((await run(data, { restart: true })).calls.answered).toBe(QUESTIONS);
  });

  test("--restart removes what an earlier run came to before it asks, and nothing else", async () => {
    const rows = [0, 1].map((id) => ({ question_id: id, image: "0.png", text: `Question ${id}?` }));
    const data = dataFolder({ "llava-mm-vet.jsonl": jsonLines(rows), "0.png": "image 0" });
    const mmvet = findBenchmark("mmvet");
    const options = { benchmark: mmvet, dataset: await mmvet.load(data) };
    const { results, upload } = await run(data, options);
    await writeResults(join(data, "out"), results!, upload);
    writeFileSync(join(data, "out", "notes.json"), "{}");
    expect(readdirSync(join(data, "out"))).toContain("mm-vet.upload.json");
    const controller = new AbortController();
    const other = {
      answerer: fakeAnswerer({ identity: { model: "other" } }),
      restart: true,
      signal: controller.signal,
    };
    const onProgress = ({ done }: ProgressStep): void => void (done === 1 && controller.abort());
    await expect(run(data, { ...options, ...other, onProgress })).rejects.toThrow("1 of 2");
    expect(readdirSync(join(data, "out")).sort()).toEqual([
      "answers-0-of-1.jsonl",
      "notes.json",
      "run.json",
      "timings-0-of-1.jsonl",
    ]);
  });

  test("a larger limit goes on from a smaller one", async () => {
    const data = makeData();
    expect((await run(data, { selection: { limit: 6, seed: null } })).results?.counts.asked).toBe(6);
    expect(idsIn(finalFile(data))).toHaveLength(6);
    expect((await run(data)).calls.answered).toBe(QUESTIONS - 6);
  });

  test("pictures of the same names that changed are refused, and one that was missing is not", async () => {
    const data = makeData();
    rmSync(join(data, "1.png"));
    await run(data, { skipMissing: true, selection: { limit: 6, seed: null } });
    writeFileSync(join(data, "1.png"), "image 1");
    expect((await run(data, { selection: { limit: 8, seed: null } })).results?.counts.answered).toBe(8);
    writeFileSync(join(data, "3.png"), "another picture");
    await expect(run(data)).rejects.toThrow(
      /out: holds a run whose image 3\.png is sha256 [0-9a-f]{64}, now it is sha256 [0-9a-f]{64}; choose another/,
    );
  });

  test("another model, or data that changed, is refused with what differs", async () => {
    const data = makeData();
    await run(data);
    await expect(run(data, { answerer: fakeAnswerer({ identity: { model: "other" } }) })).rejects.toThrow(
      /out: holds a run whose model is fake, now it is other; choose another --output, or --restart to discard/,
    );
    await expect(run(data, { blind: true })).rejects.toThrow(/whose --blind is false, now it is true/);
    appendFileSync(join(data, "questions.jsonl"), jsonLines([{ image: null, question: "?", answers: ["a"] }]));
    await expect(run(data)).rejects.toThrow(/whose data file questions\.jsonl is [0-9a-f]{64}, now it is [0-9a-f]{64}/);
  });

  test("answers without a run.json are refused, whoever gave them, until --restart", async () => {
    const data = makeData();
    await run(data);
    rmSync(join(data, "out", "run.json"));
    const other = fakeAnswerer({ identity: { model: "other" } });
    await expect(run(data, { answerer: other })).rejects.toThrow(
      /answers-0-of-1\.jsonl: is of a run whose run\.json is not there, .*; choose another --output, or --restart/,
    );
    expect(existsSync(join(data, "out", "run.json"))).toBe(false);
    expect((await run(data, { answerer: other, restart: true })).calls.answered).toBe(QUESTIONS);
  });

  test("another prompt is refused though the model is the same", async () => {
    const data = makeData();
    await run(data);
    const answerer = { ...fakeAnswerer(), promptOf: (question: string) => `<image> ${question}` };
    await expect(run(data, { answerer })).rejects.toThrow(
      /whose first prompt is "<image>\\nQuestion 0\?.*, now it is "/,
    );
  });

  test("a second process on the same shard is refused; a killed one's lock does not count", async () => {
    const data = makeData();
    await run(data, { selection: { limit: 6, seed: null } });
    const { lock } = shardFiles(join(data, "out"), { index: 0, count: 1 });
    const held = await acquireLock(lock, "test");
    await expect(run(data)).rejects.toThrow(/answers-0-of-1\.jsonl: process \d+ on .* is at work on it; wait for it/);
    await held.release();
    writeFileSync(lock, JSON.stringify({ host: "gone", pid: 1, started: "1" }));
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(lock, longAgo, longAgo);
    expect((await run(data)).calls.answered).toBe(QUESTIONS - 6);
    expect(existsSync(lock)).toBe(false);
  });

  test("--restart is refused while a shard is at work in the folder, and its answers are kept", async () => {
    const data = makeData();
    await run(data, { shard: { index: 0, count: 2 } });
    const { lock, answers } = shardFiles(join(data, "out"), { index: 0, count: 2 });
    const kept = readFileSync(answers, "utf8");
    const options = await optionsOf(data, { restart: true, answerer: fakeAnswerer() });
    const plan = await planRun(options);
    const held = await acquireLock(lock, "test");
    const refusal = /^--restart: .*answers-0-of-2\.jsonl: process \d+ on .* is at work on it; wait for it or end it$/;
    await expect(planRun(options)).rejects.toThrow(refusal);
    await expect(runBenchmark(options, plan)).rejects.toThrow(refusal);
    expect(readFileSync(answers, "utf8")).toBe(kept);
    await held.release();
    expect((await runBenchmark(options, plan)).answeredNow).toBe(QUESTIONS);
    expect(readdirSync(join(data, "out")).filter((name) => name.endsWith(".lock"))).toEqual([]);
  });

  test("timings are those of all sessions, until --restart", async () => {
    const data = makeData();
    await run(data, { selection: { limit: 6, seed: null } });
    expect((await run(data)).results?.run).toMatchObject({ questions: QUESTIONS });
    expect((await run(data, { restart: true })).results?.run).toMatchObject({ questions: QUESTIONS });
  });

  test("timings are those of the questions in the result, whatever else was answered", async () => {
    const data = makeData();
    await run(data);
    expect((await run(data, { selection: { limit: 6, seed: null } })).results?.run?.questions).toBe(6);
    const timings = join(data, "out", "timings-0-of-1.jsonl");
    writeFileSync(timings, readFileSync(timings, "utf8").split("\n").slice(1).join("\n"));
    expect((await run(data)).results?.run?.questions).toBe(QUESTIONS - 1);
  });

  test("a broken line in the middle names file and line", async () => {
    const data = makeData();
    await run(data);
    const work = join(data, "out", "answers-0-of-1.jsonl");
    writeFileSync(work, `{"question_id"\n${readFileSync(work, "utf8")}`);
    await expect(run(data)).rejects.toThrow(/answers-0-of-1\.jsonl: line 1: is not valid JSON/);
  });
});

describe("missing images", () => {
  test("are listed before anything is asked", async () => {
    const data = makeData();
    rmSync(join(data, "1.png"));
    rmSync(join(data, "3.png"));
    await expect(run(data)).rejects.toThrow(
      /2 images are not there: 1\.png, 3\.png; --images DIR says where they are, --skip-missing scores/,
    );
    expect(existsSync(join(data, "out"))).toBe(false);
  });

  test("are counted, and their questions scored as wrong, when they are to be skipped", async () => {
    const data = makeData();
    rmSync(join(data, "1.png"));
    const { results, calls } = await run(data, { skipMissing: true });
    expect(calls.answered).toBe(16);
    expect(results?.counts).toMatchObject({ asked: 20, scored: 20, answered: 16, missing: 4, missingImages: 1 });
    expect(results?.missingImages).toEqual(["1.png"]);
    writeFileSync(join(data, "1.png"), "image 1");
    const again = await run(data);
    expect(again.calls.answered).toBe(4);
    expect(again.results?.counts).toMatchObject({ answered: 20, missing: 0, missingImages: 0 });
  });
});

describe("shards", () => {
  const shard = (data: string, index: number, count: number, options: Changes = {}) =>
    run(data, { shard: { index, count }, ...options });
  const merge = (folders: readonly string[], output: string) =>
    mergeRuns({ folders, output, baselines: [], tool: "test" });

  test("in one folder or in several merge to the file of an undivided run", async () => {
    const data = makeData();
    await run(data);
    for (let index = 0; index < 4; index += 1) {
      const { results, asked } = await shard(data, index, 4, { output: join(data, "together") });
      expect(results).toBeNull();
      expect(asked).toBe(index === 0 ? 8 : 4);
      await shard(data, index, 4, { output: join(data, `part${index}`) });
    }
    await merge([join(data, "together")], join(data, "merged"));
    const results = await merge(
      [0, 1, 2, 3].map((index) => join(data, `part${index}`)),
      join(data, "merged4"),
    );
    expect(finalFile(data, "merged")).toBe(finalFile(data));
    expect(finalFile(data, "merged4")).toBe(finalFile(data));
    expect(results.counts).toMatchObject({ asked: QUESTIONS, answered: QUESTIONS });
    expect(results.run).toMatchObject({
      identity: { model: "fake" },
      firstPrompt: "<image>\nQuestion 0?\nAnswer the question using a single word or phrase.",
      questions: QUESTIONS,
    });
    const aborted = { folders: [join(data, "together")], output: join(data, "aborted"), signal: AbortSignal.abort() };
    await expect(mergeRuns({ ...aborted, baselines: [], tool: "test" })).rejects.toThrow(InterruptedError);
    expect(existsSync(join(data, "aborted"))).toBe(false);
    expect(results.run!.stages.vision).toBeCloseTo(0.001 * IMAGES, 9);
    expect(results.run!.questionsPerSecond).toBeGreaterThan(0);
    expect(readdirSync(join(data, "merged4")).sort()).toEqual(["README.md", "answers.jsonl", "results.json"]);
  });

  test("a run goes on with another shard count, and undivided", async () => {
    const data = makeData();
    await shard(data, 1, 4);
    const { calls } = await shard(data, 0, 2);
    expect(calls.answered).toBe(12);
    expect((await run(data)).calls.answered).toBe(4);
  });

  test("given twice are refused, and copied ones are timed once", async () => {
    const data = makeData();
    const [out, copy, link] = [join(data, "out"), join(data, "copy"), join(data, "link")];
    await run(data);
    symlinkSync(out, link);
    await expect(merge([out, link], join(data, "m"))).rejects.toThrow(/^merge: .*out and .*link are one folder; name/);
    await expect(merge([out, `${out}/`], join(data, "m"))).rejects.toThrow(/out and .*out\/ are one folder/);
    cpSync(out, copy, { recursive: true });
    expect((await merge([out, copy], join(data, "m"))).run).toMatchObject({ questions: QUESTIONS });
  });

  test("are merged into their own folder, and not into that of another run", async () => {
    const data = makeData();
    const shards = join(data, "out");
    for (const index of [0, 1]) await shard(data, index, 2);
    const [other, less] = [join(data, "other"), join(data, "less")];
    await run(data, { output: other, answerer: fakeAnswerer({ identity: { model: "other" } }) });
    await run(data, { output: less, selection: { limit: 6, seed: null } });
    const kept = finalFile(data, "other");
    await expect(merge([shards], other)).rejects.toThrow(
      /other: holds a run whose model is other, now it is fake; choose another --output, or the run's own folder$/,
    );
    expect(readdirSync(other)).not.toContain("results.json");
    expect(finalFile(data, "other")).toBe(kept);
    await expect(merge([shards], less)).rejects.toThrow(
      /less: holds a run of --limit 6, now it is all questions; choose/,
    );
    expect((await merge([shards], shards)).counts.answered).toBe(QUESTIONS);
  });

  test("of one folder have one --limit and --seed, also when they start at once; an undivided run goes on", async () => {
    const data = makeData();
    const selections = [
      { limit: 6, seed: null },
      { limit: 10, seed: 3 },
    ];
    const both = await Promise.allSettled(selections.map((selection, index) => shard(data, index, 2, { selection })));
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = both.find((outcome) => outcome.status === "rejected")!;
    expect(String(refused.reason)).toMatch(
      /out: holds a run of --limit \d+( --seed 3)?, now it is --limit \d+( --seed 3)?; give all shards of a run the same, or/,
    );
    await expect(shard(data, 1, 2)).rejects.toThrow(
      /out: holds a run of --limit .*, now it is all questions; give all/,
    );
    expect((await run(data)).results?.counts.answered).toBe(QUESTIONS);
  });

  test("an unfinished shard and shards of different runs are refused", async () => {
    const data = makeData();
    await shard(data, 0, 2, { output: join(data, "a") });
    await expect(merge([join(data, "a")], join(data, "m"))).rejects.toThrow(
      /8 of 20 questions have no answer \(q1, q3, q6, q8, q11, \.\.\.\); a shard is missing or not finished/,
    );
    await shard(data, 1, 2, { output: join(data, "b"), answerer: fakeAnswerer({ identity: { model: "other" } }) });
    await expect(merge([join(data, "a"), join(data, "b")], join(data, "m"))).rejects.toThrow(
      /b: holds a run whose model is other, now it is fake/,
    );
    await expect(merge([data], join(data, "m"))).rejects.toThrow(/has no run\.json; is it the --output of langbridge/);
    await expect(shard(data, 0, 2, { restart: true })).rejects.toThrow(/--restart: would discard what other shards/);
    expect(existsSync(join(data, "m"))).toBe(false);
  });
});

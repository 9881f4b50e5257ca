import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { mergeRuns } from "../../../src/benchmark/run/merge.js";
import { seededRandom } from "../../../src/tensor/random.js";
import { dataFolder, jsonLines } from "../../helpers/data-folder.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const CHILD = join(HERE, "..", "..", "helpers", "run-child.js");
const BUILT = join(HERE, "..", "..", "..", "dist", "src", "benchmark", "run", "run.js");

/** More questions than twenty lives of a process can answer. */
const QUESTIONS = 1200;
const IMAGES = 60;
const KILLS = 20;

interface ChildOptions {
  readonly data: string;
  readonly output: string;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly delayMs?: number;
}

const start = (options: ChildOptions): ChildProcess =>
  spawn(process.execPath, [CHILD, JSON.stringify(options)], { stdio: ["ignore", "pipe", "inherit"] });

/** Starts another process on work that is being done; its exit code and what it says. */
async function startSecond(options: ChildOptions): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(options)], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, said };
}

async function finish(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, "exit")) as [number | null];
  expect(code).toBe(0);
}

let data: string;
let whole: string;
beforeAll(async () => {
  // The children run the compiled sources, which `npm test` builds first.
  expect(existsSync(BUILT)).toBe(true);
  const questions = Array.from({ length: QUESTIONS }, (_, id) => ({
    image: `${id % IMAGES}.png`,
    question: `Question ${id}?`,
    answers: ["yes"],
  }));
  const images: Record<string, string> = {};
  for (let index = 0; index < IMAGES; index += 1) images[`${index}.png`] = `image ${index}`;
  data = dataFolder({ "questions.jsonl": jsonLines(questions), ...images });
  await finish(start({ data, output: join(data, "whole") }));
  whole = readFileSync(join(data, "whole", "answers.jsonl"), "utf8");
  expect(whole.split("\n")).toHaveLength(QUESTIONS + 1);
});

describe("a run as processes", () => {
  test(`killed with -9 at ${KILLS} random moments and resumed, it ends with the file of an uninterrupted run`, async () => {
    const output = join(data, "killed");
    const random = seededRandom(20);
    let before = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = start({ data, output, delayMs: 1 });
      await once(child.stdout!, "data");
      await sleep(random() * 50);
      child.kill("SIGKILL");
      await once(child, "exit");
      const kept = readFileSync(join(output, "answers-0-of-1.jsonl"), "utf8").split("\n").length - 1;
      expect(kept).toBeGreaterThan(before);
      before = kept;
    }
    expect(before).toBeLessThan(QUESTIONS);
    await finish(start({ data, output }));
    expect(readFileSync(join(output, "answers.jsonl"), "utf8")).toBe(whole);
  });

  test("a second process on the same shard is refused, and the first one is not disturbed", async () => {
    const output = join(data, "twice");
    const first = start({ data, output, delayMs: 2 });
    await once(first.stdout!, "data");
    const { code, said } = await startSecond({ data, output });
    expect(code).not.toBe(0);
    expect(said).toContain(`process ${first.pid} on `);
    await finish(first);
    expect(readFileSync(join(output, "answers.jsonl"), "utf8")).toBe(whole);
  });

  test("four shards at once, merged, give the file of one process", async () => {
    const output = join(data, "sharded");
    await Promise.all([0, 1, 2, 3].map((index) => finish(start({ data, output, shard: { index, count: 4 } }))));
    const results = await mergeRuns({ folders: [output], output, baselines: [], tool: "test" });
    expect(readFileSync(join(output, "answers.jsonl"), "utf8")).toBe(whole);
    expect(results.counts).toMatchObject({ asked: QUESTIONS, answered: QUESTIONS });
  });
});

import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { ROOT } from "../helpers/markdown.js";
import { readWorldJson, WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

type Sums = readonly (readonly [right: number, all: number])[];
interface Figure {
  readonly value: number;
  readonly interval: readonly [number, number];
}
interface Kept {
  readonly ofSource: Figure;
  readonly ofCeiling: Figure;
}
interface PairFigures {
  readonly counts: boolean;
  readonly right: Readonly<Record<string, Figure>>;
  readonly kept: Readonly<Record<string, Kept>>;
  readonly sums?: unknown;
}
interface Figures {
  readonly pairs: readonly PairFigures[];
  readonly reporting: Readonly<Record<string, Kept>> | null;
}

function node(args: readonly string[]): { readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return { out: stdout, err: stderr };
}

/** The value of an expression over the benchmark's modules. */
function evaluated<T>(expression: string): T {
  const imports = ["real-figures", "real-world", "first-word"].map(
    (name) => `...(await import("./bench/lib/${name}.js"))`,
  );
  const script = `const bench = { ${imports.join(", ")} }; process.stdout.write(JSON.stringify(${expression}));`;
  return JSON.parse(node(["--input-type=module", "-e", script]).out) as T;
}

describe("figures", () => {
  /** Ten pictures with two questions each, of which the first `right` are answered right. */
  const sums = (right: number): Sums =>
    Array.from({ length: 10 }, (_, i): [number, number] => [Math.min(2, Math.max(0, right - 2 * i)), 2]);
  const pair = {
    ...{ source: sums(18), "source blind": sums(2), blind: sums(4), ceiling: sums(14) },
    ...{ contextual: sums(12), "another picture": sums(4) },
  };
  const figures = (pairs: readonly object[]): Figures =>
    evaluated<Figures>(`bench.realFigures(${JSON.stringify(pairs.map((of) => ({ target: "b", sums: of })))})`);

  test("retention is what a transfer has above its floor, of what the source has above its own and of the ceiling", () => {
    const { pairs, reporting } = figures([pair]);
    expect(pairs[0]).toMatchObject({ counts: true, target: "b" });
    expect(pairs[0]!.right["contextual"]!.value).toBe(0.6);
    const { ofSource, ofCeiling } = reporting!["contextual"]!;
    expect(ofSource.value).toBeCloseTo((12 - 4) / (18 - 2), 12);
    expect(ofCeiling.value).toBeCloseTo((12 - 4) / (14 - 4), 12);
    expect(ofSource.interval[0]).toBeLessThan(ofSource.value);
    expect(ofSource.interval[1]).toBeGreaterThan(ofSource.value);
    expect(reporting!["another picture"]!.ofSource.value).toBe(0);
  });

  test("a pair whose source or ceiling stands less than 15 points above blind is shown and not counted", () => {
    const dull = { ...pair, ceiling: sums(6), contextual: sums(4) };
    const weak = { ...pair, source: sums(4), contextual: sums(4) };
    const { pairs, reporting } = figures([dull, pair, weak]);
    expect(pairs.map(({ counts }) => counts)).toEqual([false, true, false]);
    expect(reporting!["contextual"]!.ofSource.value).toBeCloseTo(0.5, 12);
    expect(figures([dull]).reporting).toBeNull();
  });

  test("pairs are pooled as the ratio of their mean gains", () => {
    const other = { ...pair, contextual: sums(8) };
    expect(figures([pair, other]).reporting!["contextual"]!.ofSource.value).toBeCloseTo((8 + 4) / (16 + 16), 12);
  });
});

describe("questions", () => {
  test("whole pictures are drawn until the questions are enough, the same each time", () => {
    const questions = Array.from({ length: 40 }, (_, i) => ({ id: i, image: `${i >> 1}.png` }));
    const drawn = (count: number | null): typeof questions =>
      evaluated(`bench.drawQuestions(${JSON.stringify(questions)}, ${count})`);
    expect(drawn(null)).toEqual(questions);
    const few = drawn(7);
    expect(few).toHaveLength(8);
    expect(few.map(({ image }) => questions.filter((each) => each.image === image).length)).toEqual(few.map(() => 2));
    expect(drawn(7)).toEqual(few);
    expect(few.map(({ id }) => id)).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(few.map(({ id }) => id)).toEqual(few.map(({ id }) => id).sort((a, b) => a - b));
  });

  test("what is told is a true word for each patch that a thing covers, in turns", () => {
    const scene = {
      image: "a",
      things: [{ size: "big", color: "red", shape: "star" }, { noun: "cat" }],
      patches: [-1, 0, 0, 1, 0],
    };
    expect(evaluated(`bench.toldWords(${JSON.stringify(scene)})`)).toEqual(["red", "star", "cat", "red"]);
    const question = { image: "a", prompt: "The picture shows:<image>\nWhat?" };
    const told = evaluated(`bench.toldQuestions([${JSON.stringify(question)}], [${JSON.stringify(scene)}])`);
    expect(told).toEqual([{ image: null, prompt: "The picture shows: red star cat red\nWhat?" }]);
  });

  test("a first word counts where it is true of what covers its patch; ground does not count", () => {
    const scene = {
      things: [{ size: "big", color: "red", shape: "star" }, { noun: "cat" }],
      patches: [-1, 0, 0, 1, 1],
    };
    const next = { things: [{ noun: "dog" }], patches: [0, 0, -1, 0, 0] };
    const said = JSON.stringify(["cat", "star", "scarlet", "kitten", "dog"]);
    expect(evaluated(`bench.tallyPicture(${said}, ${JSON.stringify(scene)}, ${JSON.stringify(next)})`)).toEqual({
      ...{ "first word": [1, 4], emoji: [0, 2], "drawn things": [1, 2], "first word or a synonym": [3, 4] },
      "of another picture": [1, 3],
    });
  });
});

/** A folder laid out like fixtures/real-world, with the small world's tower, pictures and adapter, and six questions about them. */
function layWorld(folder: string): string {
  const scenes =
    readWorldJson<{ image: string; cells: (Record<"size" | "color" | "shape", string> | null)[] }[]>("scenes.json");
  const asked = scenes.filter(({ cells: [first] }) => first !== null).slice(0, 6);
  for (const name of ["images", "questions", "scenes", join("adapters", "qwen2")])
    mkdirSync(join(folder, name), { recursive: true });
  for (const split of ["test", "val"]) symlinkSync(join(WORLD, "images"), join(folder, "images", split));
  symlinkSync(join(WORLD, "vision"), join(folder, "vision"));
  symlinkSync(join(WORLD, "adapters", "qwen2", "paper-0"), join(folder, "adapters", "qwen2", "paper-0"));
  const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  // In the only form that the small world's Qwen2 knows.
  const prompt = (question: string): string =>
    `<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<image>\n${question}<|im_end|>\n<|im_start|>assistant\n`;
  const choices = ["red", "blue", "green", "yellow", "black", "white", "orange", "purple"];
  const questions = asked.map(({ image, cells: [first] }, id) => ({
    ...{ id, image, question: "color", prompt: prompt(`What color is the ${first!.shape}?`) },
    ...{ answers: [first!.color], scoring: "likelihood", choices },
  }));
  writeFileSync(join(folder, "questions", "test.jsonl"), lines(questions));
  const patches = asked.map(({ image, cells }) => {
    const things = cells.filter((cell) => cell !== null);
    return { image, things, patches: cells.map((cell) => (cell === null ? -1 : things.indexOf(cell))) };
  });
  writeFileSync(join(folder, "scenes", "test.jsonl"), lines(patches));
  return folder;
}

describe("a run", () => {
  const folder = temporaryFolder();
  const bench = (...more: readonly string[]): { readonly out: string; readonly err: string } =>
    node([
      ...["scripts/bench.js", "real", "--json", "--world", join(folder, "world"), "--models", WORLD],
      ...["--pairs", "qwen2:llama2", "--asked", "60", "--work", join(folder, "work"), ...more],
    ]);
  const stages = (err: string, what: string): string[] =>
    [...err.matchAll(new RegExp(`^[\\d.]+ min {2}${what}: (.*)$`, "gm"))].map(([, name]) => name!);
  let first: { readonly out: string; readonly err: string };
  let whole: { readonly out: string; readonly err: string };

  beforeAll(() => {
    layWorld(join(folder, "world"));
    first = bench("--only", "re-indexed");
    whole = bench();
  });

  test("asks each row once, and goes on from the answers that another run left", () => {
    const pair = "qwen2/paper-0 -> llama2";
    const before = ["on its own LLM", "on its own LLM, blind"].map((row) => `qwen2/paper-0 ${row}`);
    const rows = ["true words told", "re-indexed", "blind"].map((row) => `${pair}, ${row}`);
    expect(stages(first.err, "asked")).toEqual([...before, ...rows]);
    expect(stages(whole.err, "kept")).toEqual([...before, ...rows]);
    const others = ["sparse", "contextual", "distilled", "shuffled words", "another picture", "untrained adapter"];
    expect(stages(whole.err, "asked")).toEqual(others.map((row) => `${pair}, ${row}`));
  });

  test("prints a line of JSON with the figures of every row", () => {
    const line = JSON.parse(whole.out.trimEnd().split("\n").at(-1)!) as Record<string, unknown> & Figures;
    expect(Object.keys(line)).toEqual([
      "retention",
      "retentionOfCeiling",
      "firstWordTrue",
      "controls",
      "pairs",
      "minutes",
    ]);
    const [pair] = line.pairs;
    expect(Object.keys(pair!.right)).toEqual([
      ...["source", "source blind", "blind", "ceiling", "re-indexed", "sparse", "contextual", "distilled"],
      ...["shuffled words", "another picture", "untrained adapter"],
    ]);
    for (const { value } of Object.values(pair!.right))
      expect(Math.abs(6 * value - Math.round(6 * value))).toBeLessThan(1e-9);
    expect(pair!.right["source"]!.value).toBeGreaterThanOrEqual(0.5);
    const named = line["firstWordTrue"] as Record<string, Figure>;
    expect(named["qwen2/paper-0 -> llama2"]!.value).toBeGreaterThanOrEqual(0);
    expect(whole.out).toMatch(/^qwen2\/paper-0 -> llama2 +6 questions, 6 pictures/m);
  });

  test("says what is wrong with a flag", () => {
    expect(() => bench("--only", "magic")).toThrow(/--only magic: expected some of re-indexed, sparse/);
    expect(() => bench("--pairs", "gpt:llama2")).toThrow(
      /--pairs gpt:llama2: expected SOURCE:TARGET, SOURCE one of qwen2\/paper-0/,
    );
    expect(() => bench("--pairs", "qwen2:other")).toThrow(/other\.gguf and .*other do not exist|other: is not in/);
    expect(() => bench("--questions", "0")).toThrow("--questions 0: a whole number above 0 was expected");
  });
});

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import Vocab from "../../commands/vocab.js";
import { jsonElements } from "../../src/files/json-elements.js";
import type { MadeVocabulary } from "../../src/ranking/make-vocabulary.js";
import { makeVocabulary } from "../../src/ranking/make-vocabulary.js";
import { openParquet, readParquet } from "../../src/parquet/parquet-file.js";
import { loadEncoder } from "../../src/tokenizer/encoder.js";
import { runCommand } from "../helpers/run-command.js";
import { describeWithSharedData, SHARED_DATA } from "../helpers/shared-data.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const GOLDENS = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "parquet");
const [qwen, llama] = [join(WORLD, "qwen2"), join(WORLD, "llama3")];
let made = 0;
const fresh = (): string => {
  const folder = join(root, `out ${made++}`);
  mkdirSync(folder);
  return join(folder, "shared.json");
};

const TEXTS = [
  "A big red star and a small blue circle.",
  'Is there a green square in the picture?\nNo, there are two red stars: one, "two" \\ and {three}.',
  "Zwölf Boxkämpfer 你好 the the the",
];

/** How often each id comes, one text after another. */
async function countedByHand(texts: readonly string[]): Promise<Map<number, number>> {
  const encoder = await loadEncoder(qwen);
  const counts = new Map<number, number>();
  for (const text of texts) for (const id of encoder.encode(text)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

const readObject = (path: string): [string, number][] =>
  Object.entries(JSON.parse(readFileSync(path, "utf8")) as Record<string, number>);

describe("texts", () => {
  const conversations = TEXTS.map((value, id) => ({
    id,
    image: "a.jpg",
    conversations: [{ from: "human", value: `<image>\n${value}` }],
  }));
  const repeated = Array.from({ length: 60 }, () => conversations).flat();
  const forms: Readonly<Record<string, string>> = {
    "conversations.json": JSON.stringify(repeated, null, 1),
    "conversations.jsonl": repeated.map((row) => JSON.stringify(row)).join("\n"),
    "captions.jsonl": repeated
      .map(({ conversations: [first] }) => JSON.stringify({ caption: first!.value.replace("<image>\n", "") }))
      .join("\n"),
  };

  test.each(Object.keys(forms))(
    "%s: are counted as the tokenizer splits them, in threads of their own",
    async (name) => {
      const file = join(root, name);
      writeFileSync(file, forms[name]!);
      const output = fresh();
      const result = await makeVocabulary({
        inputs: [file],
        tokenizers: [qwen, llama],
        cut: { cover: 0.5 },
        output,
        threads: 2,
      });
      const expected = await countedByHand(TEXTS);
      const total = [...expected.values()].reduce((sum, count) => sum + count, 0);
      expect(result.occurrences).toBe(60 * total);
      const { vocabulary } = await loadEncoder(qwen);
      const counts = readObject(output.replace(".json", ".counts.json"));
      expect(counts.length).toBe(result.size);
      for (const [token, count] of counts) expect(count).toBe(60 * expected.get(vocabulary.idOfString.get(token)!)!);
      const sorted = counts.map(([, count]) => count);
      expect(sorted).toEqual(sorted.toSorted((a, b) => b - a));
      expect(result.coverage).toBeGreaterThanOrEqual(0.5);
      // One token less would cover too little.
      expect(result.coverage - sorted.at(-1)! / result.occurrences).toBeLessThan(0.5);
    },
  );

  test("a table of questions in parquet is counted, and its pictures are not", async () => {
    const file = join(GOLDENS, "pope", "hub", "data", "test-00000-of-00001.parquet");
    const table = await openParquet(file);
    const rows = await readParquet(table, ["question", "answer"], { first: 0, end: table.rows });
    const texts = rows.flatMap((row) => Object.values(row).map((bytes) => Buffer.from(bytes as Uint8Array).toString()));
    expect(texts).toHaveLength(2 * 12);
    const expected = await countedByHand(texts);
    const result = await makeVocabulary({ inputs: [file], tokenizers: [qwen], cut: { cover: 1 }, output: fresh() });
    expect(result.occurrences).toBe([...expected.values()].reduce((sum, count) => sum + count, 0));
  });

  test("plain text is counted with its line ends", async () => {
    const file = join(root, "plain.txt");
    writeFileSync(file, "red\nred\nred star\n");
    const output = fresh();
    await makeVocabulary({ inputs: [file], tokenizers: [qwen], cut: { size: 2 }, output, threads: 1 });
    const expected = await countedByHand(["red\n", "red\n", "red star\n"]);
    expect(readObject(output.replace(".json", ".counts.json")).map(([, count]) => count)).toEqual(
      [...expected.values()].sort((a, b) => b - a).slice(0, 2),
    );
  });

  test("only tokens that all tokenizers have by bytes are kept, each with its own ids", async () => {
    const file = join(root, "captions.jsonl");
    writeFileSync(file, forms["captions.jsonl"]!);
    const output = fresh();
    const size = (await makeVocabulary({ inputs: [file], tokenizers: [qwen, llama], cut: { cover: 0.6 }, output }))
      .size;
    const [ours, theirs] = await Promise.all(
      [qwen, llama].map(async (folder) => (await loadEncoder(folder)).vocabulary),
    );
    const [first, second] = [readObject(output), readObject(output.replace(".json", ".llama3.json"))];
    expect([first.length, second.length]).toEqual([size, size]);
    first.forEach(([token, id], row) => {
      expect(ours!.strings[id]).toBe(token);
      expect(theirs!.byteStrings[second[row]![1]]).toBe(ours!.byteStrings[id]);
    });
    expect(readFileSync(output.replace(".json", ".svg"), "utf8")).toMatch(/^<svg .*<polyline points="/s);
  });

  test("a JSON array is read element by element, whatever is in its texts", async () => {
    const file = join(root, "large.json");
    const rows = Array.from({ length: 3000 }, (_, i) => ({
      i,
      text: `${'],[ {\\"'.repeat(200)}é${i}`,
      list: [[1], { a: "}" }],
    }));
    writeFileSync(file, JSON.stringify(rows));
    const read: unknown[] = [];
    for await (const { value } of jsonElements(file)) read.push(value);
    expect(read).toEqual(rows);
    writeFileSync(file, JSON.stringify(rows).slice(0, -5));
    await expect(
      (async () => {
        for await (const one of jsonElements(file)) void one;
      })(),
    ).rejects.toThrow(/ends before its array does; the file is truncated$/);
  });
});

describe("langbridge vocab", () => {
  const counts = join(root, "counts.json");
  writeFileSync(counts, '{"Ġred": 50, "Ġstar": 30, "Ġthe": 20}');

  test("ranks and cuts files of counts, writes the official shapes and prints the coverage", async () => {
    const output = fresh();
    const { stdout, stderr, exitCode, result } = await runCommand<MadeVocabulary>(Vocab, [
      counts,
      counts,
      "--tokenizer",
      qwen,
      "--tokenizer",
      llama,
      "--size",
      "2",
      "-o",
      output,
    ]);
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(result).toMatchObject({ size: 2, coverage: 0.8, occurrences: 200 });
    const { vocabulary } = await loadEncoder(qwen);
    expect(readFileSync(output, "utf8")).toBe(
      `{\n    "Ġred": ${vocabulary.idOfString.get("Ġred")},\n    "Ġstar": ${vocabulary.idOfString.get("Ġstar")}\n}`,
    );
    expect(stdout).toContain("2 tokens cover 80.0 % of the text");
    expect(readdirSync(join(output, "..")).sort()).toEqual([
      "shared.counts.json",
      "shared.json",
      "shared.llama3.json",
      "shared.svg",
    ]);
    const again = await runCommand(Vocab, [counts, "--tokenizer", qwen, "--size", "2", "-o", output]);
    expect(again.stderr).toMatch(/shared\.json: is there already; --force replaces it, or choose another --output\n$/);
  });

  test.each([
    {
      args: ["--size", "9"],
      code: 1,
      says: /^langbridge: --size: is 9, and 3 tokens came that all tokenizers have; give more text, or a smaller size\n$/,
    },
    { args: ["--cover", "2"], code: 2, says: /--cover: is "2", expected a share above 0 and up to 1/ },
    { args: [], code: 2, says: /--size, --cover: neither is given/ },
  ])("$args is one line, and nothing is written", async ({ args, code, says }) => {
    const output = fresh();
    const { stderr, exitCode } = await runCommand(Vocab, [counts, "--tokenizer", qwen, "-o", output, ...args]);
    expect(stderr).toMatch(says);
    expect(exitCode).toBe(code);
    expect(existsSync(output)).toBe(false);
  });

  test("counts of another tokenizer, rows without text and mixed inputs are told", async () => {
    const bad = join(root, "bad.jsonl");
    writeFileSync(bad, '{"text": "red"}\n{"image": "a.jpg", "label": 3}\n');
    const run = (...inputs: string[]) =>
      runCommand(Vocab, [...inputs, "--tokenizer", qwen, "--size", "1", "-o", fresh()]);
    expect((await run(bad)).stderr).toMatch(
      /bad\.jsonl: line 2: holds no text; expected one of conversations, .*, got image, label\n$/,
    );
    expect((await run(counts, bad)).stderr).toMatch(/counts\.json: is a file of counts beside texts/);
    const foreign = join(root, "foreign.json");
    writeFileSync(foreign, '{"Ġnoumenon": 50, "Ġred": 30, "Ġthe": 20}');
    expect((await run(foreign)).stderr).toMatch(
      /row 0: "Ġnoumenon" is no token of .*qwen2; name the tokenizer that the tokens were counted with first/,
    );
  });
});

describeWithSharedData("the authors' files", () => {
  test("of 19,200 and 32,000 tokens come from their counts, row for row", async () => {
    const [data, tokenizers] = [
      join(SHARED_DATA, "vocab"),
      ["qwen2.5", "llama3-8b-instruct"].map((name) => join(SHARED_DATA, "tokenizers", name)),
    ];
    const name = "sub_llava_share_intersect_llama_qwen.json";
    for (const [size, files] of [
      [19_200, ["19200_Qwen", "19200_llama3"]],
      [32_000, ["32000_Qwen", "32000_llama3"]],
    ] as const) {
      const output = fresh();
      const result = await makeVocabulary({ inputs: [join(data, name)], tokenizers, cut: { size }, output });
      for (const [at, file] of files.entries()) {
        expect(readFileSync(result.files[at]!, "utf8").trimEnd()).toBe(
          // Theirs were written on Windows; every row is the same.
          readFileSync(join(data, `${file}_${name}`), "utf8")
            .replaceAll("\r\n", "\n")
            .trimEnd(),
        );
      }
    }
  });
});

import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parquetHeader } from "hyparquet/src/column.js";
import { evaluateModel } from "../../../src/benchmark/run/evaluate-model.js";
import { readImage } from "../../../src/benchmark/run/question-images.js";
import type { Results } from "../../../src/benchmark/scoring/results.js";
import type { Dataset } from "../../../src/benchmark/tasks/benchmark.js";
import { findBenchmark } from "../../../src/benchmark/tasks/benchmarks.js";
import { openParquet } from "../../../src/parquet/parquet-file.js";
import { fakeAnswerer } from "../../helpers/fake-answerer.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const GOLDENS = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "goldens", "parquet");
const BOMBS = join(GOLDENS, "..", "parquet-bombs");
const NAMES = ["pope", "gqa", "textvqa", "mme", "mmbench", "scienceqa", "mmvet"];
const root = temporaryFolder();

/** A file whose page at a place claims so many values, in a header of the same length: what it says beside is padding. */
function lyingPage(bytes: Buffer, at: number, claim: number): Buffer {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: at };
  const header = parquetHeader(reader);
  const [I32, STRUCT, BINARY] = [0x15, 0x0c, 0x08]; // Of thrift's compact protocol; the high bits count fields on.
  const page = header.data_page_header;
  const start = [
    ...[I32, ...varint(page ? 0 : 2)],
    ...[I32, ...varint(header.uncompressed_page_size)],
    ...[I32, ...varint(header.compressed_page_size)],
    ...(page ? [0x20 | STRUCT, I32, ...varint(claim), I32, ...varint(8), I32, ...varint(3), I32, ...varint(3), 0] : []),
    ...(page ? [] : [0x40 | STRUCT, I32, ...varint(claim), I32, ...varint(0), 0]),
  ];
  const length = reader.offset - at;
  const rest = length - start.length - 3; // A text that nobody reads, and the end.
  const padded = rest < 0 ? [...start, 0] : [...start, 0x70 | BINARY, rest, ...Array<number>(rest).fill(0x20), 0];
  expect(padded).toHaveLength(length);
  const lying = Buffer.from(bytes);
  lying.set(padded, at);
  return lying;
}

/** A number as thrift writes it: zigzag, seven bits a byte. */
function varint(value: number): number[] {
  const digits: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest > 127; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 0x80);
  return [...digits, rest];
}

/** Answers of every kind, right and wrong, in the same order for both forms of a benchmark. */
const ANSWERS = [
  "Yes",
  "no",
  "A",
  "C.",
  "red",
  "nikon d40",
  "5",
  "B. a dog",
  "No, there is none",
  "",
  "copenhagen",
  "left",
];

function scoresOf(name: string, dataset: Dataset<unknown>) {
  return findBenchmark(name).variants.map((variant) => {
    const judged = dataset.items.flatMap((item, row) => {
      if (item.truth === null) return [];
      return [
        { item, truth: item.truth, judgement: variant.judge(item, item.truth, ANSWERS[(row * 5) % ANSWERS.length]!) },
      ];
    });
    return { variant: variant.name, scores: variant.scores(variant.tally(judged)) };
  });
}

describe.each(NAMES)("%s as parquet", (name) => {
  const benchmark = findBenchmark(name);
  const load = (form: string) => benchmark.load(join(GOLDENS, name, form));

  test("asks what the official files ask, and gives the same answers the same scores", async () => {
    const [hub, official] = [await load("hub"), await load("official")];
    expect(hub.items.map(({ prompt }) => prompt)).toEqual(official.items.map(({ prompt }) => prompt));
    expect(hub.items.map(({ category }) => category)).toEqual(
      official.items.map(({ category }) => (name === "mmvet" ? "default" : category)),
    );
    expect(hub.items.map(({ image }) => image === null)).toEqual(official.items.map(({ image }) => image === null));
    expect(scoresOf(name, hub)).toEqual(scoresOf(name, official));
    if (benchmark.details) {
      const details = (dataset: Dataset<unknown>) =>
        benchmark.details!(
          dataset.items.map((item, row) => ({
            item,
            truth: item.truth,
            judgement: benchmark.variants[0]!.judge(item, item.truth, ANSWERS[row % ANSWERS.length]!),
          })),
        );
      expect(details(hub)).toEqual(details(official));
    }
  });

  test("has its pictures inside, and one picture of several questions once", async () => {
    const { items } = await load("hub");
    const seen = items.filter(({ image }) => image !== null);
    for (const { image } of seen.reverse()) {
      const bytes = Buffer.from(await readImage(image!, GOLDENS));
      expect(bytes.subarray(1, 4).toString()).toBe("PNG");
      expect(bytes.readUInt32BE(16)).toBe(8);
    }
    const pictures = new Map<string, string>();
    for (const { image } of seen)
      pictures.set(Buffer.from(await readImage(image!, GOLDENS)).toString("base64"), image!.key);
    expect(new Set(seen.map(({ image }) => image!.key))).toEqual(new Set(pictures.values()));
  });
});

test("a run asks about the pictures inside, with no folder of images", async () => {
  const answerer = fakeAnswerer();
  const results = (await evaluateModel({
    ...{
      benchmark: "pope",
      data: join(GOLDENS, "pope", "hub"),
      output: join(root, "run"),
      baselines: [],
      tool: "test",
    },
    ...{ selection: { limit: null, seed: null }, shard: null, blind: false, restart: false, skipMissing: false },
    ...{ reusePrefix: true, load: () => Promise.resolve({ answerer, dispose: () => Promise.resolve() }) },
  })) as Results;
  expect(results.counts).toMatchObject({ asked: 12, answered: 12 });
  expect(answerer.calls).toMatchObject({ decoded: 2, opened: 2, answered: 12 });
});

describe("refused in one line:", () => {
  const source = join(GOLDENS, "pope", "hub", "data", "test-00000-of-00001.parquet");
  let made = 0;
  function folderWith(bytes: Buffer, name = "test-00000-of-00001.parquet"): string {
    const folder = join(root, `pope ${made++}`);
    mkdirSync(folder);
    writeFileSync(join(folder, name), bytes);
    return folder;
  }
  const bytes = readFileSync(source);
  const load = (folder: string, name = "pope") => findBenchmark(name).load(folder);

  test("columns of another benchmark, with near names", async () => {
    const folder = join(root, "columns");
    mkdirSync(folder);
    cpSync(source, join(folder, "validation-0.parquet"));
    await expect(load(folder, "textvqa")).rejects.toThrow(
      /validation-0\.parquet: has no column "image_id".*, "answers" \(is it "answer"\?\); it has "id", "question_id", /,
    );
  });

  test("files of another split", async () => {
    await expect(load(folderWith(bytes, "train-00000-of-00001.parquet"))).rejects.toThrow(
      /has no parquet files of the split test \(test-\*\.parquet\), only train-0/,
    );
  });

  test("a file that is cut off, and one that is none", async () => {
    await expect(load(folderWith(bytes.subarray(0, bytes.length - 100)))).rejects.toThrow(
      /is no parquet file, or damaged: .*; fetch it again$/,
    );
    await expect(load(folderWith(Buffer.from("a text")))).rejects.toThrow(/is no parquet file, or damaged/);
  });

  test("a footer and pages that claim gigabytes, without taking them", async () => {
    const claims = Buffer.from(bytes);
    claims.writeUInt32LE(0x7fffffff, bytes.length - 8);
    await expect(load(folderWith(claims))).rejects.toThrow(/pope \d+.test-00000-of-00001\.parquet: /);
    const before = process.memoryUsage().rss;
    let refused = 0;
    // Every byte behind the first pages' headers, one after another: some are the sizes of pages.
    for (let at = 4; at < 600; at += 3) {
      const damaged = Buffer.from(bytes);
      damaged.fill(0xff, at, at + 4);
      damaged[at + 4] = 0x0f;
      const error: unknown = await load(folderWith(damaged)).catch((reason: unknown) => reason);
      if (error instanceof Error) {
        expect(error.name).toBe("InputError");
        expect(error.message).not.toContain("\n");
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(20);
    expect(process.memoryUsage().rss - before).toBeLessThan(1.5e9);
  }, 60_000);

  test("pages that claim more values than the column has, or that some are less than none", async () => {
    const { metadata } = await openParquet(source);
    const column = metadata.row_groups[0]!.columns.find(
      ({ meta_data }) => meta_data!.path_in_schema[0] === "question",
    )!;
    const { dictionary_page_offset: dictionary, data_page_offset: data } = column.meta_data!;
    for (const [at, claim] of [
      [data, 0x7fffffff],
      [data, 4],
      [data, -1],
      [dictionary!, 4000],
    ] as const) {
      const lying = lyingPage(bytes, Number(at), claim);
      await expect(load(folderWith(lying))).rejects.toThrow(
        new RegExp(
          `column "question" has 3 values, and a page of it claims ${claim}, 0 of them empty; the file is damaged`,
        ),
      );
    }
  });

  test("a file of a few bytes that claims millions of rows, without taking their memory", async () => {
    const before = process.memoryUsage().rss;
    await expect(load(join(BOMBS, "group"))).rejects.toThrow(
      /claims a row group of 9990000 rows, at most 1048576 are read at once; write it with smaller row groups/,
    );
    await expect(load(join(BOMBS, "rows"))).rejects.toThrow(
      /has 600000 rows, 0 before it; at most 500000 questions are asked/,
    );
    await expect(load(join(BOMBS, "delta"))).rejects.toThrow(
      /column "question" is encoded as DELTA_BYTE_ARRAY, whose texts can grow without bound; write it as pyarrow does by default/,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(3e8);
  });

  test("the sizes of a file are read from its footer", async () => {
    const file = await openParquet(source);
    expect(file).toMatchObject({
      rows: 12,
      columns: ["id", "question_id", "question", "answer", "image_source", "image", "category"],
    });
    expect(file.groups).toEqual([
      { first: 0, end: 3 },
      { first: 3, end: 6 },
      { first: 6, end: 9 },
      { first: 9, end: 12 },
    ]);
    expect(readdirSync(join(GOLDENS, "pope", "hub"))).toEqual(["data"]);
  });
});

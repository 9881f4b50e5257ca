import { describe, expect, test } from "@jest/globals";
import { imageFile, toItems, type Item } from "../../../src/benchmark/tasks/item.js";
import { rowsByImage, selectRows, shardOf } from "../../../src/benchmark/tasks/selection.js";

/** Three questions on each of ten images, asked in turns. */
const items: readonly Item<null>[] = toItems(
  "questions",
  Array.from({ length: 30 }, (_, row) => ({
    questionId: row,
    image: imageFile(`${row % 10}.png`),
    prompt: "?",
    truth: null,
  })),
).items;
const rows = items.map((_, row) => row);

describe("selectRows", () => {
  test("takes the first questions, or whole groups where scores need them", () => {
    expect(selectRows(items, { limit: 4, seed: null }, { wholeGroups: false })).toEqual([0, 1, 2, 3]);
    expect(selectRows(items, { limit: 4, seed: null }, { wholeGroups: true })).toEqual([0, 1, 10, 11, 20, 21]);
    expect(selectRows(items, { limit: null, seed: null }, { wholeGroups: false })).toEqual(rows);
  });

  test("draws the same subset for the same seed, in file order", () => {
    const draw = (seed: number): number[] => selectRows(items, { limit: 8, seed }, { wholeGroups: false });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)).toHaveLength(8);
    expect(draw(1)).toEqual([...draw(1)].sort((a, b) => a - b));
  });

  test("refuses a seed that nothing is drawn with, and a limit below 1", () => {
    expect(() => selectRows(items, { limit: null, seed: 1 }, { wholeGroups: false })).toThrow(/needs --limit/);
    expect(() => selectRows(items, { limit: 0, seed: null }, { wholeGroups: false })).toThrow(/--limit 0/);
  });
});

describe("shards", () => {
  test("keep the questions of an image together and cover everything once", () => {
    const images = rowsByImage(items, rows);
    const shards = [0, 1, 2, 3].map((index) => shardOf(images, { index, count: 4 }));
    expect(shards.map((shard) => shard.length)).toEqual([3, 3, 2, 2]);
    expect(shards[1]![0]).toEqual([1, 11, 21]);
    expect(shards.flat(2).sort((a, b) => a - b)).toEqual(rows);
  });

  test("more shards than images leave some empty and lose nothing", () => {
    const images = rowsByImage(items, rows);
    const shards = Array.from({ length: 16 }, (_, index) => shardOf(images, { index, count: 16 }));
    expect(shards.flat(2)).toHaveLength(30);
  });

  test("a shard beyond its count is refused", () => {
    expect(() => shardOf([], { index: 4, count: 4 })).toThrow(/--shard 4\/4: expected I\/N with I from 0 to N - 1/);
  });
});

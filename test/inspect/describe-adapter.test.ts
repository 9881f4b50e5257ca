import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { describeAdapter } from "../../src/inspect/describe-adapter.js";
import { loadAdapter } from "../../src/adapter/load.js";
import { adapterSections } from "../../src/inspect/adapter-sections.js";
import { sectionsAsText } from "../../src/layout/sections.js";
import { makeAdapter, randomTensor } from "../helpers/make-folders.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const folder = join(temporaryFolder(), "adapter");
const matrix = randomTensor([3, 4], 1);
matrix.values.fill(0, 4, 8);
matrix.values[9] = NaN;
const tensors = makeAdapter(folder, { tokens: { Ġcat: 5, Ġdog: 6, "\u0120\n": 7 }, matrix });

describe("describeAdapter", () => {
  test("measures the head and the matrix, and names odd rows and the heaviest tokens", async () => {
    const description = await describeAdapter(await loadAdapter(folder));
    const head = tensors["model.mm_projector.3.weight"]!.values;
    const squares = [0, 1, 2].map((row) => head.subarray(row * 10, row * 10 + 10).reduce((sum, x) => sum + x * x, 0));
    const total = squares.reduce((sum, square) => sum + square, 0);
    const [heaviest] = description.head!.heaviest;
    expect(heaviest!.mass).toBeCloseTo(Math.max(...squares) / total, 6);
    expect(heaviest!.token).toBe(["Ġcat", "Ġdog", "Ġ\n"][squares.indexOf(Math.max(...squares))]);
    expect(description.matrix).toMatchObject({ rows: 3, hiddenSize: 4, zeroRows: [1], notFinite: [2] });
    expect(description.parameters).toBe(6 * 10 + 10 + 10 * 10 + 10 + 10 * 3 + 3);
    expect(description.head).toMatchObject({ rows: 3, vocabulary: "mm_vocab.json", notFinite: [], zeroRows: [] });
  });

  test("prints in at most 100 columns without control characters", async () => {
    const table = sectionsAsText(adapterSections(await describeAdapter(await loadAdapter(folder))));
    expect(table).toContain("matrix NaN rows");
    expect(table).toContain("Ġ␊");
    expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openLlmVocabulary } from "../../../src/model/llm/llm-folder.js";
import { loadModel } from "../../../src/runtime/parts/load-model.js";
import { withWorker } from "../../../src/runtime/sessions/client.js";
import { loadEncoder } from "../../../src/tokenizer/encoder.js";
import { logSumExp, WordAsker } from "../../../src/transfer/naming/ask.js";
import { choleskyFactor, solveCholesky } from "../../../src/transfer/naming/cholesky.js";
import { bestOf, Information } from "../../../src/transfer/naming/fit-scores.js";
import { fitSoftmax } from "../../../src/transfer/naming/fit-softmax.js";
import { groundVector, repeated } from "../../../src/transfer/naming/ground.js";
import { drawPatches, patchGroup } from "../../../src/transfer/naming/patch-groups.js";
import { applyMap, RidgeSums, solveRidge } from "../../../src/transfer/naming/ridge-sums.js";
import { Whitening } from "../../../src/transfer/naming/whitening.js";
import { askedWords, readWordList, silentToken } from "../../../src/transfer/naming/word-list.js";
import { WordShares } from "../../../src/transfer/naming/word-shares.js";
import { seededRandom } from "../../../src/tensor/random.js";
import { dataFolder } from "../../helpers/data-folder.js";
import { relativeError } from "../../helpers/goldens.js";
import { readJson } from "../../helpers/read-json.js";
import { WORLD } from "../../helpers/small-world.js";

interface Expected {
  readonly asked: Readonly<Record<"ground" | "vectors" | "next" | "nextTwo", number[]>> & {
    readonly words: readonly string[];
  };
  readonly ridge: Readonly<Record<"x" | "y" | "weight" | "bias", number[]>> & { readonly lambda: number };
  readonly softmax: Readonly<Record<"x" | "shares" | "fitted", number[]>> & { readonly lambda: number };
}

const expected = readJson(import.meta.dirname, "..", "..", "goldens", "word-scores.json") as Expected;

describe("asking an LLM about vectors", () => {
  test("gives transformers' log-probabilities of the next word and the next two, question after question", async () => {
    const { words, ground, vectors, next, nextTwo } = expected.asked;
    const path = join(WORLD, "qwen2");
    const llm = await openLlmVocabulary(path);
    const { tokens } = askedWords({ words, from: "words" }, llm);
    const model = await loadModel({ llm, branches: true, cacheFolder: dataFolder() });
    try {
      const ids = tokens.map(({ id }) => id);
      const asker = await WordAsker.open(model.llm!, {
        ...{ encoder: await loadEncoder(path), ids, ground: Float32Array.from(ground) },
        question: { before: "The picture shows:", after: " a" },
      });
      const compare = (answer: Float32Array, scores: readonly number[]): void =>
        answer.forEach((score, i) => expect(Math.abs(score - scores[i]!)).toBeLessThan(2e-3));
      for (let question = 0; question < 2; question++) {
        const many = new Float32Array(60 * model.llm!.info.hiddenSize).fill(0.01);
        // Beside others, which it must not see; the last one does not fit into the same run.
        const groups = [Float32Array.from(vectors), many, many, Float32Array.from(vectors)];
        for (const i of [0, 3]) compare((await asker.nextTwo(groups))[i]!, nextTwo);
        for (const i of [0, 3]) compare((await asker.next(groups))[i]!, next);
      }
    } finally {
      await model.dispose();
    }
  });

  test("adds up exponentials of any size", () => {
    expect(logSumExp(Float32Array.of(1000, 1000))).toBeCloseTo(1000 + Math.LN2, 6);
    expect(logSumExp(Float32Array.of(-1000, -1001))).toBeCloseTo(-1000 + Math.log(1 + Math.exp(-1)), 6);
  });
});

describe("words to ask for", () => {
  test("are those of a file that the LLM has as one token, each once", async () => {
    const folder = dataFolder({ "words.txt": "red  star\nred squircle\n" });
    const file = join(folder, "words.txt");
    const list = await readWordList(file);
    expect(list).toEqual({ words: ["red", "star", "squircle"], from: file });
    const { tokens } = askedWords(list, await openLlmVocabulary(join(WORLD, "qwen2")));
    expect(tokens.map(({ bytes }) => bytes)).toEqual([" red", " star"]);
  });

  test("are English nouns and adjectives without a file", async () => {
    const { words } = await readWordList();
    expect(words.length).toBeGreaterThan(10_000);
    expect(words).toEqual(expect.arrayContaining(["red", "circle", "dog", "giraffe", "wooden", "small"]));
    expect(words.filter((word) => !/^[a-z]{3,}$/.test(word))).toEqual([]);
    expect(words).not.toContain("the");
  });

  test("must be two at least", async () => {
    const llm = await openLlmVocabulary(join(WORLD, "qwen2"));
    expect(() => askedWords({ words: ["red", "squircle"], from: "mine.txt" }, llm)).toThrow(
      /^mine\.txt: .* has 1 of its 2 words as one token, expected at least 2; name a list .* \(--word-list\)$/,
    );
  });
});

describe("groups of patches", () => {
  /** Patches 0 to 8 of three rows; 0, 1 and 3 look alike, and so do the others. */
  const directions = Float32Array.from([1, 0, 1, 0.1, 0, 1, 1, 0.2, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);

  test("join a patch with its most similar neighbours, in the order of reading", () => {
    expect(patchGroup(0, directions, { rows: 3, columns: 3 }, 2)).toEqual([0, 1, 3]);
    expect(patchGroup(8, directions, { rows: 3, columns: 3 }, 2)).toEqual([4, 5, 8]);
    expect(patchGroup(4, directions, { rows: 3, columns: 3 })).toEqual([2, 4, 5, 6, 7]);
  });

  test("hold no patch beyond the edge", () => {
    expect(patchGroup(0, directions, { rows: 3, columns: 3 })).toEqual([0, 1, 3, 4]);
    expect(patchGroup(0, directions.subarray(0, 2), { rows: 1, columns: 1 })).toEqual([0]);
  });
});

describe("patches to ask about", () => {
  // The second of three patches is four times as long as the others.
  const directions = Float32Array.of(1, 0, 0, 4, 1, 0);

  test("are drawn in proportion to their squared length, none twice", () => {
    const random = seededRandom(1);
    const firsts = Array.from({ length: 3000 }, () => drawPatches(directions, 2, 1, random)[0]!);
    // 16 of 18 draws; one deviation is 0.6 %.
    expect(Math.abs(firsts.filter((patch) => patch === 1).length / 3000 - 16 / 18)).toBeLessThan(0.025);
    expect(drawPatches(directions, 2, 3, random)).toEqual([0, 1, 2]);
  });

  test("are the same for the same seed", () => {
    const draw = () => drawPatches(directions, 2, 2, seededRandom(7));
    expect(draw()).toEqual(draw());
  });
});

test("whitening evens out directions, the weak ones less, and takes off the mean", async () => {
  // Independent columns of deviations near 7 and 0.7.
  const rows = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i * i) * (i % 2 === 0 ? 10 : 1) + 5);
  const white = await withWorker(async (client) => (await Whitening.of([rows], { client, width: 2 })).apply(rows));
  const column = (values: Float32Array, at: number): number[] => [...values].filter((_, i) => i % 2 === at);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = (values: readonly number[]): number => mean(values.map((value) => (value - mean(values)) ** 2));
  const [strong, weak] = [variance(column(rows, 0)), variance(column(rows, 1))];
  const shrunk = (value: number): number => value / ((0.9 * value) / ((strong + weak) / 2) + 0.1);
  const ratio = variance(column(white, 0)) / variance(column(white, 1));
  expect(Math.abs(ratio / (shrunk(strong) / shrunk(weak)) - 1)).toBeLessThan(0.02);
  expect(Math.abs(mean(column(white, 0)))).toBeLessThan(1e-4);
});

describe("ridge with a constant", () => {
  test("is NumPy's solution, of all targets and of some, in pieces", async () => {
    const { x, y, lambda, weight, bias } = expected.ridge;
    await withWorker(async (client) => {
      const sums = await RidgeSums.open(client, { inputs: 6, targets: 3 });
      const other = await RidgeSums.open(client, { inputs: 6, targets: 3 });
      await sums.add(Float32Array.from(x.slice(0, 60)), Float32Array.from(y.slice(0, 30)));
      await other.add(Float32Array.from(x.slice(60)), Float32Array.from(y.slice(30)));
      sums.merge(other);
      expect(sums.rows).toBe(40);
      const map = await solveRidge(sums, { lambda });
      expect(relativeError(map.weight, weight)).toBeLessThan(1e-4);
      expect(relativeError(map.bias, bias)).toBeLessThan(1e-4);
      const some = await solveRidge(sums, { lambda, columns: [2, 0] });
      expect(relativeError(some.bias, [bias[2]!, bias[0]!])).toBeLessThan(1e-4);
      expect(relativeError(some.weight, [...weight.slice(12), ...weight.slice(0, 6)])).toBeLessThan(1e-4);
    });
  });

  test("solves a system by its factor, and refuses one that is not positive definite", async () => {
    const factor = await choleskyFactor(Float64Array.of(4, 2, 2, 5), 2);
    expect([...factor]).toEqual([2, 0, 1, 2]);
    const right = Float64Array.of(8, 4, 12, 2);
    await solveCholesky(factor, right, 2);
    expect([...right]).toEqual([1, 1, 2, 0]);
    await expect(choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).rejects.toThrow(/not positive definite; use more/);
  });

  test("ends once the signal fires", async () => {
    const size = 1500;
    const matrix = Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 2 : 0));
    await expect(choleskyFactor(matrix, size, { signal: AbortSignal.abort() })).rejects.toThrow(/interrupted/);
  });
});

test("a multinomial fit predicts the shares that SciPy's does", async () => {
  const { x, shares, fitted, lambda } = expected.softmax;
  const task = { inputs: Float32Array.from(x), shares: Float32Array.from(shares), classes: 3, lambda };
  const map = await withWorker((client) => fitSoftmax(task, { client }));
  const scores = applyMap(map, task.inputs);
  const predicted = Array.from({ length: 60 }, (_, row) => {
    const own = scores.subarray(3 * row, 3 * row + 3);
    return Array.from(own, (score) => Math.exp(score - logSumExp(own)));
  }).flat();
  predicted.forEach((share, i) => expect(Math.abs(share - fitted[i]!)).toBeLessThan(5e-3));
  // The shares themselves are further away: lambda holds the fit back.
  expect(Math.max(...shares.map((share, i) => Math.abs(share - fitted[i]!)))).toBeGreaterThan(0.02);
});

describe("what an answer names", () => {
  const logs = (...shares: readonly number[]): Float32Array => Float32Array.from(shares, Math.log);

  test("is silence as far as it is what is said of bare ground", () => {
    const shares = new WordShares(logs(0.5, 0.5, 1e-9));
    expect(shares.of(logs(0.5, 0.5, 1e-9)).silence).toBeCloseTo(1, 5);
    const { words, silence } = shares.of(logs(0.2, 1e-9, 0.8));
    expect(silence).toBeCloseTo(0.2, 5);
    expect(words.map(({ word, share }) => [word, Math.round(share * 1000)])).toEqual([[0, 160], [2, 640]]); // prettier-ignore
  });

  test("counts words that some patch is clearly called, and silence behind them", () => {
    const shares = new WordShares(logs(1, 1e-9, 1e-9, 1e-9));
    const patches = [logs(1e-9, 0.98, 0.02, 1e-9), logs(0.5, 1e-9, 1e-9, 0.5), logs(1e-9, 1e-9, 1, 1e-9)].map(
      (answer) => shares.of(answer),
    );
    expect(shares.classes()).toEqual([0, 1, 2, 3]);
    const table = shares.table(patches, [1, 3]);
    expect([...table].map((share) => Math.round(share * 100))).toEqual([100, 0, 0, 0, 33, 67, 0, 0, 100]);
  });
});

describe("ground", () => {
  test("is the mean of the patches that are most like all others", () => {
    const piece = Float32Array.from({ length: 80 }, (_, i) => i);
    const directions = Float32Array.from({ length: 80 }, (_, i) =>
      i === 6 || i === 7 ? 0.1 : i === 40 || i === 41 ? 0.2 : 1,
    );
    expect([...groundVector([piece], [directions], 2)]).toEqual([(6 + 40) / 2, (7 + 41) / 2]);
    expect([...repeated(Float32Array.of(1, 2), 2)]).toEqual([1, 2, 1, 2]);
  });

  test("says a comma, where an LLM has it as a token", async () => {
    const llm = await openLlmVocabulary(join(WORLD, "qwen2"));
    expect(silentToken(llm)).toMatchObject({ bytes: "," });
  });
});

test("the best word is the first of equal ones", () => {
  expect(bestOf(Float32Array.of(1, 3, 3, 0, -1, -2), 3)).toEqual([1, 0]);
});

describe("what answers tell of the patch", () => {
  const bitsOf = (rows: readonly (readonly number[])[]): number => {
    const information = new Information();
    for (const row of rows) information.add(Float32Array.from(row, Math.log), row.length);
    return information.bits();
  };

  test("is nothing where they are all the same, whatever they sum to", () => {
    expect(bitsOf([[0.1, 0.3], [0.2, 0.6]])).toBeCloseTo(0, 6); // prettier-ignore
  });

  test("is one bit where two kinds of patches have a word each", () => {
    expect(bitsOf([[1, 1e-9], [1e-9, 1], [1, 1e-9], [1e-9, 1]])).toBeCloseTo(1, 4); // prettier-ignore
  });
});

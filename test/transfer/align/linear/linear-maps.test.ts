import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "@jest/globals";
import { WorkerClient } from "../../../../src/runtime/sessions/client.js";
import { crossProducts } from "../../../../src/transfer/align/linear/cross-products.js";
import { fitProcrustes } from "../../../../src/transfer/align/linear/fit-procrustes.js";
import { fitRidge, judgeLambdas } from "../../../../src/transfer/align/linear/fit-ridge.js";
import type { LinearMap } from "../../../../src/transfer/align/linear/linear-map.js";
import { RowMapper } from "../../../../src/transfer/align/linear/row-mapper.js";
import { meansOf, zeroMeans, type SharedPairs } from "../../../../src/transfer/align/linear/shared-pairs.js";
import { seededRandom } from "../../../../src/tensor/random.js";
import { relativeError } from "../../../helpers/goldens.js";
import { memoryMatrix } from "../../../helpers/memory-matrix.js";

type Rows = readonly (readonly number[])[];

interface Case {
  readonly source: Rows;
  readonly target: Rows;
  readonly centre: boolean;
  readonly ridge: { readonly lambda: number; readonly heldOut: readonly number[]; readonly mapped: Rows };
  readonly procrustes: { readonly scale: number; readonly missed: number; readonly mapped: Rows };
}

const PATH = join(dirname(fileURLToPath(import.meta.url)), "../../../goldens/linear-maps.json");
const { lambdas, cases } = JSON.parse(readFileSync(PATH, "utf8")) as { lambdas: number[]; cases: Case[] };

const client = new WorkerClient();
afterAll(() => client.terminate());

function pairsOf({ source, target }: Case): SharedPairs {
  const rows = source.map((_, row) => row);
  return { source: memoryMatrix(source), target: memoryMatrix(target), sourceRows: rows, targetRows: rows };
}

async function mapped(map: LinearMap, rows: Rows): Promise<Float32Array> {
  const mapper = await RowMapper.open(map);
  const values = await mapper.places(Float32Array.from(rows.flat()));
  await mapper.close();
  return values;
}

const title = ({ source, target, centre }: Case): string =>
  `${source[0]!.length} to ${target[0]!.length} columns${centre ? ", centred" : ""}`;

describe.each(cases.map((each) => [title(each), each] as const))("%s", (_, each) => {
  const { centre, ridge, procrustes } = each;

  test("ridge predicts held-out tokens as well as numpy does, at every lambda", async () => {
    const pairs = pairsOf(each);
    const means = centre ? await meansOf(pairs) : zeroMeans(pairs);
    const whole = await crossProducts(pairs, { client, gram: true, means });
    const { all } = await judgeLambdas(pairs, { client, means, signal: undefined }, whole);
    all.forEach(({ lambda }, i) => expect(lambda / lambdas[i]!).toBeCloseTo(1, 12));
    const errors = all.map(({ error }) => error);
    expect(relativeError(errors, ridge.heldOut)).toBeLessThan(1e-4);
  });

  test("ridge chooses numpy's lambda and maps rows as numpy does", async () => {
    const { map, settings, checks, warnings } = await fitRidge(pairsOf(each), { client, centre });
    expect(settings).toEqual({ lambda: Number(ridge.lambda.toPrecision(6)), centre });
    expect(relativeError(await mapped(map, each.source), ridge.mapped.flat())).toBeLessThan(1e-4);
    const missed = (100 * Math.min(...ridge.heldOut)).toFixed(1);
    expect([...checks, ...warnings][0]).toContain(`; ${missed} % of the squared norm of held-out tokens is missed`);
  });

  test("procrustes has numpy's scale and rotation", async () => {
    const { map, settings, checks } = await fitProcrustes(pairsOf(each), { client, centre });
    expect(settings["scale"] as number).toBeCloseTo(procrustes.scale, 4);
    expect(relativeError(await mapped(map, each.source), procrustes.mapped.flat())).toBeLessThan(1e-4);
    expect(checks[0]).toContain(
      `${(100 * procrustes.missed).toFixed(1)} % of the squared norm of their rows is missed`,
    );
  });
});

test.each([
  ["ridge", fitRidge],
  ["procrustes", fitProcrustes],
] as const)("%s that fits nothing is a warning and no check", async (_name, fit) => {
  const random = seededRandom(1);
  const noise = (columns: number) =>
    memoryMatrix(Array.from({ length: 4000 }, () => Array.from({ length: columns }, () => random() - 0.5)));
  const numbers = Array.from({ length: 4000 }, (_, row) => row);
  const pairs = { source: noise(2), target: noise(3), sourceRows: numbers, targetRows: numbers };
  const { checks, warnings } = await fit(pairs, { client, centre: false });
  expect(checks).toEqual([]);
  expect(warnings).toEqual([
    expect.stringMatching(
      / fitted to 4000 shared tokens .* is missed: the map says nothing about the target's rows, .*; use --align sparse$/,
    ),
  ]);
});

test("one fold of a large table judges lambda, and what is read is told on the way", async () => {
  const rows = Array.from({ length: 110_000 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
  const table = memoryMatrix(rows);
  const numbers = rows.map((_, row) => row);
  const pairs = { source: table, target: table, sourceRows: numbers, targetRows: numbers };
  const steps: string[] = [];
  const { checks } = await fitRidge(pairs, {
    ...{ client, centre: false },
    onProgress: ({ stage, done, total, unit }) => {
      if (done === total) steps.push(`${stage}: ${total} ${unit}`);
    },
  });
  expect(steps).toEqual([
    "fitting to shared tokens: 110000 rows",
    "fitting to shared tokens: 22000 rows",
    "solving: 2 columns",
  ]);
  expect(checks[0]).toContain("lambda 0.001; <0.1 % of the squared norm of held-out tokens is missed");
});

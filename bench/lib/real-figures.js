// From the answers of the real world's pairs to figures: shares with 95 % intervals over the pictures, and the rows of the table.
import { groupTable, pairedBootstrap, percentileInterval } from "../../dist/src/benchmark/compare/bootstrap.js";
import { retention } from "./retention.js";

/** A pair tells nothing where its source or its ceiling stands less above blind than this. */
export const LEAST_RANGE = 0.15;
const SAMPLES = 1000;

/** Rows that are set against the source and the ceiling; those of `CONTROLS` must be at blind. */
export const METHODS = ["re-indexed", "sparse", "contextual", "distilled"];
export const CONTROLS = ["shuffled words", "another picture", "untrained adapter"];

/** Share of right answers with its interval; `sums` (pictures, 2) of right answers and questions. */
export function share(sums) {
  const values = new Float64Array(SAMPLES);
  pairedBootstrap([groupTable(sums)], { samples: SAMPLES, seed: 0 }, ([total], i) => (values[i] = total[0] / total[1]));
  const [right, all] = sums.reduce(([a, b], [x, y]) => [a + x, b + y], [0, 0]);
  return { value: right / all, interval: percentileInterval(values, 0.95) };
}

/**
 * `pairs`: { source, target, seed, sums } with sums of `source`, `source blind`, `blind`, `ceiling`, each method and each control, all of
 * the same pictures. Gives for each pair its shares, whether it `counts`, what each method kept, and the same over all that count.
 */
export function realFigures(pairs) {
  const perPair = pairs.map((pair) => pairFigures(pair));
  const counting = pairs.filter((_, i) => perPair[i].counts);
  return { pairs: perPair, reporting: counting.length === 0 ? null : keptBy(counting) };
}

function pairFigures({ sums, ...names }) {
  const right = Object.fromEntries(Object.entries(sums).map(([row, of]) => [row, share(of)]));
  const source = right.source.value - right["source blind"].value;
  const ceiling = right.ceiling.value - right.blind.value;
  const counts = source >= LEAST_RANGE && ceiling >= LEAST_RANGE;
  return { ...names, counts, range: { source, ceiling }, right, kept: keptBy([{ sums }]) };
}

/** Retention of the source and of the ceiling by each row that all pairs have. */
function keptBy(pairs) {
  const rows = [...METHODS, ...CONTROLS].filter((row) => pairs.every(({ sums }) => sums[row] !== undefined));
  return Object.fromEntries(
    rows.map((row) => {
      const runs = pairs.map(({ sums }) => ({
        ...{ after: sums[row], source: sums.source, sourceBlind: sums["source blind"] },
        ...{ blind: sums.blind, bound: sums.ceiling },
      }));
      const { kept, ofBound } = retention(runs);
      return [row, { ofSource: kept, ofCeiling: ofBound }];
    }),
  );
}

const percent = (value) => (100 * value).toFixed(1);
export const range = ({ value, interval }) => `${percent(value)} (${interval.map(percent).join(" to ")})`;

/** Lines of the printed table, [what, value]. */
export function realTable({ pairs, reporting, firstWordTrue }) {
  const kept = ([row, { ofSource, ofCeiling }]) => [
    row,
    `retention ${range(ofSource)} %, of the ceiling ${range(ofCeiling)} %`,
  ];
  return [
    ...pairs.flatMap(({ adapter, target, counts, right, kept: own, questions, pictures }) => [
      [
        `${adapter} -> ${target}`,
        `${questions} questions, ${pictures} pictures${counts ? "" : "; does not count: source or ceiling too near to blind"}`,
      ],
      ...Object.entries(right).map(([row, of]) => {
        const more = own[row] === undefined ? "" : `; ${kept([row, own[row]])[1]}`;
        return [`  ${row}`, `${range(of)} % right${more}`];
      }),
    ]),
    ...Object.entries(reporting ?? {}).map((entry) => [`all pairs that count: ${entry[0]}`, kept(entry)[1]]),
    ...Object.entries(firstWordTrue).flatMap(([pair, of]) =>
      Object.entries(of).map(([kind, figure]) => [
        `first word true, ${pair}: ${kind}`,
        figure === null ? "none" : `${range(figure)} %`,
      ]),
    ),
  ];
}

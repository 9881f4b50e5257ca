// What transfers keep, over many runs of the same questions, with an interval from resampled images.
import { groupTable, pairedBootstrap, percentileInterval } from "../../dist/src/benchmark/compare/bootstrap.js";

const SAMPLES = 1000;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * `runs`: { after, source, blind, bound, sourceBlind }, each (images, 2) of right answers and questions; all but `after` may be
 * lists of such tables, whose mean counts. `blind` is the target's floor, `sourceBlind` that of the source, where it is another LLM
 * that answers otherwise without seeing. Gives shares from 0 to 1: `right`, `kept` of the source above blind (ratio of the
 * means over the runs), `ofBound` of the upper bound above blind; each with its 95 % interval, and the least and greatest run.
 */
export function retention(runs) {
  const tables = [];
  const index = (sums) => {
    const known = tables.findIndex((table) => table.sums === sums);
    return known >= 0 ? known : tables.push({ sums, table: groupTable(sums) }) - 1;
  };
  const list = (value) => (Array.isArray(value[0]?.[0]) ? value : [value]).map(index);
  const places = runs.map(({ after, source, blind, bound, sourceBlind = blind }) => ({
    ...{ after: list(after), source: list(source), blind: list(blind), bound: list(bound) },
    ...{ sourceBlind: list(sourceBlind) },
  }));
  const figures = (totals) => {
    const right = (indices) => mean(indices.map((i) => totals[i][0] / totals[i][1]));
    const each = places.map(({ after, source, blind, bound, sourceBlind }) => {
      const [a, s, b, u] = [right(after), right(source), right(blind), right(bound)];
      return { right: a, gain: a - b, source: s - right(sourceBlind), bound: u - b };
    });
    const ratio = (part) => mean(each.map(({ gain }) => gain)) / mean(each.map((run) => run[part]));
    const single = each.map(({ gain, source }) => gain / source);
    return {
      ...{ right: mean(each.map(({ right }) => right)), kept: ratio("source"), ofBound: ratio("bound") },
      ...{ least: Math.min(...single), greatest: Math.max(...single) },
    };
  };
  const sum = (rows) => rows.reduce(([a, b], [x, y]) => [a + x, b + y], [0, 0]);
  const { least, greatest, ...point } = figures(tables.map(({ sums }) => sum(sums)));
  const samples = { right: [], kept: [], ofBound: [] };
  pairedBootstrap(
    tables.map(({ table }) => table),
    { samples: SAMPLES, seed: 0 },
    (totals) => Object.entries(figures(totals)).forEach(([name, value]) => samples[name]?.push(value)),
  );
  const withInterval = ([name, value]) => [
    name,
    { value, interval: percentileInterval(Float64Array.from(samples[name]), 0.95) },
  ];
  return { ...Object.fromEntries(Object.entries(point).map(withInterval)), least, greatest };
}

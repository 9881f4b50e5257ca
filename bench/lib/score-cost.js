// Scores answers to a benchmark in a process of its own and prints what that cost, as JSON.
// Usage: node --expose-gc score-cost.js BENCHMARK DATA ANSWERS
import { findBenchmark } from "../../dist/src/benchmark/tasks/benchmarks.js";
import { scoreAnswers } from "../../dist/src/benchmark/scoring/score-answers.js";

const [name, data, answers] = process.argv.slice(2);
const heap = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
const benchmark = findBenchmark(name);
const heapBefore = heap();
const cpuBefore = process.cpuUsage();
const dataset = await benchmark.load(data);
const heapOfQuestions = heap() - heapBefore;
const { results } = await scoreAnswers({ benchmark, dataset, answers: [answers], tool: "test" });
const { user, system } = process.cpuUsage(cpuBefore);
const heapOfAnswers = heap() - heapBefore - heapOfQuestions;
const cpuSeconds = (user + system) / 1e6;
console.log(JSON.stringify({ cpuSeconds, heapOfQuestions, heapOfAnswers, counts: results.counts }));

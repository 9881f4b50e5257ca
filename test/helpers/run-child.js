// Runs the custom benchmark of a folder with the fake answerer, as a process of its own that tests can kill.
// Usage: node run-child.js '{"data": DIR, "output": DIR, "shard": {"index": 0, "count": 1}, "delayMs": 2}'
// Prints a line when the first new answer is kept.
import { findBenchmark } from "../../dist/src/benchmark/tasks/benchmarks.js";
import { runBenchmark } from "../../dist/src/benchmark/run/run.js";
import { fakeAnswerer } from "./fake-answerer.js";

const { data, output, shard = null, delayMs = 0 } = JSON.parse(process.argv[2]);
const benchmark = findBenchmark("custom");
/** Answers that earlier processes kept; undefined until the run says so, which it does before it asks. */
let kept;
let announced = false;
await runBenchmark({
  benchmark,
  dataset: await benchmark.load(data),
  dataFolder: data,
  imageFolder: data,
  answerer: fakeAnswerer({ delayMs }),
  output,
  selection: { limit: null, seed: null },
  shard,
  blind: false,
  restart: false,
  skipMissing: false,
  tool: "test",
  onProgress: ({ done }) => {
    kept ??= done;
    if (announced || done === kept) return;
    process.stdout.write("asking\n");
    announced = true;
  },
});

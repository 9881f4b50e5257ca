import { InputError } from "../../errors.js";
import type { Benchmark, Variant } from "./benchmark.js";
import { custom } from "./custom.js";
import { gqa } from "./gqa.js";
import { mmbench } from "./mmbench.js";
import { mme } from "./mme.js";
import { mmvet } from "./mmvet.js";
import { pope } from "./pope.js";
import { scienceqa } from "./scienceqa.js";
import { textvqa } from "./textvqa.js";

/** Every benchmark by name, in the order of the paper's tables. */
export const BENCHMARKS: Readonly<Record<string, Benchmark<unknown>>> = {
  gqa,
  textvqa,
  mme,
  mmbench,
  mmvet,
  pope,
  scienceqa,
  custom,
};

/**
 * The benchmark of a name.
 *
 * @throws InputError that lists the names when there is no such benchmark
 */
export function findBenchmark(name: string): Benchmark<unknown> {
  const found = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (found !== undefined) return found;
  throw new InputError(`--benchmark ${name}: no such benchmark; there are ${Object.keys(BENCHMARKS).join(", ")}`);
}

/** The variant called `name`, the first when it is absent; null for a benchmark that only an external grader scores. */
export function findVariant(benchmark: Benchmark<unknown>, name: string | undefined): Variant<unknown> | null {
  if (name === undefined) return benchmark.variants[0] ?? null;
  const found = benchmark.variants.find((variant) => variant.name === name);
  if (found !== undefined) return found;
  const known = benchmark.variants.map((variant) => variant.name);
  throw new InputError(
    known.length === 0
      ? `--metric-variant ${name}: ${benchmark.name} is scored by an external grader and has no variants`
      : `--metric-variant ${name}: ${benchmark.name} has no such variant; it has ${known.join(", ")}`,
  );
}

import { InputError } from "../src/errors.js";
import type { Shard } from "../src/benchmark/selection.js";

/** Variables in which schedulers number the parts of a job, and the number they begin with. */
const SCHEDULERS = [
  { name: "SLURM_ARRAY_TASK_ID", first: "SLURM_ARRAY_TASK_MIN" },
  { name: "JOB_COMPLETION_INDEX", first: undefined },
] as const;

/** A shard, and where its number came from when it was not given. */
export interface ChosenShard {
  readonly shard: Shard | null;
  readonly from: string | null;
}

/**
 * The shard of `--shard I/N`, or of `--shards N` with I from the environment of a Slurm array or a Kubernetes indexed job.
 * Throws InputError when the two contradict or no scheduler says a number.
 */
export function chooseShard(
  { shard, shards }: { readonly shard?: string | undefined; readonly shards?: number | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): ChosenShard {
  if (shard !== undefined && shards !== undefined) {
    throw new InputError("--shard and --shards: give one of the two");
  }
  if (shard !== undefined) return { shard: parseShard(shard), from: null };
  if (shards === undefined) return { shard: null, from: null };
  for (const { name, first } of SCHEDULERS) {
    const id = environment[name];
    if (id === undefined || id === "") continue;
    const begins = first === undefined ? 0 : Number(environment[first] ?? 0);
    return {
      shard: check({ index: Number(id) - begins, count: shards }, `--shards ${shards} with ${name}=${id}`),
      from: name,
    };
  }
  const names = SCHEDULERS.map(({ name }) => name).join(" and ");
  throw new InputError(`--shards ${shards}: ${names} are not set; name the part with --shard I/${shards}`);
}

function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  if (match === null) throw new InputError(`--shard ${text}: expected I/N, such as 0/4`);
  return check({ index: Number(match[1]), count: Number(match[2]) }, `--shard ${text}`);
}

function check(shard: Shard, what: string): Shard {
  if (Number.isInteger(shard.index) && shard.index >= 0 && shard.index < shard.count) return shard;
  throw new InputError(`${what}: part ${shard.index} of ${shard.count}, expected 0 to ${shard.count - 1}`);
}

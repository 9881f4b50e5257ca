import { InputError } from "../src/errors.js";
import type { Shard } from "../src/benchmark/tasks/selection.js";
import { UsageError } from "./usage-error.js";

/** The variables by which a scheduler says which shard of a job this is. */
interface Scheduler {
  readonly id: string;
  /** Variables of the first number, the step between two, and how many there are; those that are not set are 0, 1 and unknown. */
  readonly first?: string;
  readonly step?: string;
  readonly count?: string;
}

const SCHEDULERS: readonly Scheduler[] = [
  {
    id: "SLURM_ARRAY_TASK_ID",
    first: "SLURM_ARRAY_TASK_MIN",
    step: "SLURM_ARRAY_TASK_STEP",
    count: "SLURM_ARRAY_TASK_COUNT",
  },
  { id: "JOB_COMPLETION_INDEX" },
];

type Environment = Readonly<Record<string, string | undefined>>;

/** A shard, and the variable that its number came from when it was not given. */
export interface ChosenShard {
  readonly shard: Shard | null;
  readonly from: string | null;
}

/**
 * The shard of `--shard I/N`, or of `--shards N` with I from the environment of a Slurm array or a Kubernetes indexed job.
 *
 * @throws InputError when the two contradict, no scheduler says a number, or the array has more or fewer tasks than shards
 */
export function chooseShard(
  { shard, shards }: { readonly shard?: string | undefined; readonly shards?: number | undefined },
  environment: Environment,
): ChosenShard {
  if (shard !== undefined && shards !== undefined) {
    throw new UsageError("--shard and --shards: give one of the two");
  }
  if (shard !== undefined) return { shard: parseShard(shard), from: null };
  if (shards === undefined) return { shard: null, from: null };
  const scheduler = SCHEDULERS.find(({ id }) => environment[id]);
  if (scheduler !== undefined) return { shard: scheduledShard(scheduler, shards, environment), from: scheduler.id };
  const names = SCHEDULERS.map(({ id }) => id).join(" and ");
  throw new InputError(`--shards ${shards}: ${names} are not set; name the shard with --shard I/${shards}`);
}

function scheduledShard({ id, first, step, count }: Scheduler, shards: number, environment: Environment): Shard {
  const read = (name: string | undefined): string | undefined => (name && environment[name]) || undefined;
  const tasks = read(count);
  // A task that is submitted again alone counts from itself: its number says nothing about the first submission.
  if (tasks !== undefined && Number(tasks) !== shards) {
    throw new InputError(
      `--shards ${shards} with ${count}=${tasks}: expected one task for each shard, so the shard of ${id}=${read(id)} is unknown; name it with --shard I/${shards}`,
    );
  }
  const stride = tasks === undefined ? 1 : Number(read(step) ?? 1);
  const index = (Number(read(id)) - Number(read(first) ?? 0)) / stride;
  return check({ index, count: shards }, `--shards ${shards} with ${id}=${read(id)}`);
}

function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  if (match === null) throw new UsageError(`--shard ${text}: expected I/N, such as 0/4`);
  return check({ index: Number(match[1]), count: Number(match[2]) }, `--shard ${text}`);
}

function check(shard: Shard, what: string): Shard {
  if (Number.isInteger(shard.index) && shard.index >= 0 && shard.index < shard.count) return shard;
  throw new InputError(`${what}: shard ${shard.index} of ${shard.count}, expected 0 to ${shard.count - 1}`);
}

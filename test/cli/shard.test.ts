import { describe, expect, test } from "@jest/globals";
import { chooseShard } from "../../cli/shard.js";

/** What Slurm sets for one task of an array. */
const slurm = (id: number, array: Record<string, number>): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ID: id, ...array }).map(([name, value]) => [`SLURM_ARRAY_TASK_${name}`, String(value)]),
  );

describe("chooseShard", () => {
  test.each([
    [{}, {}, null, null],
    [{ shard: "0/4" }, { SLURM_ARRAY_TASK_ID: "2" }, { index: 0, count: 4 }, null],
    [{ shards: 4 }, { SLURM_ARRAY_TASK_ID: "3" }, { index: 3, count: 4 }, "SLURM_ARRAY_TASK_ID"],
    [
      { shards: 4 },
      { SLURM_ARRAY_TASK_ID: "4", SLURM_ARRAY_TASK_MIN: "1" },
      { index: 3, count: 4 },
      "SLURM_ARRAY_TASK_ID",
    ],
    [{ shards: 2 }, { JOB_COMPLETION_INDEX: "1" }, { index: 1, count: 2 }, "JOB_COMPLETION_INDEX"],
  ])("%j under %j is %j, from %j", (flags, environment, shard, from) => {
    expect(chooseShard(flags, environment)).toEqual({ shard, from });
  });

  test.each([
    ["0-3", [0, 1, 2, 3], { MIN: 0, MAX: 3, STEP: 1, COUNT: 4 }],
    ["1-4", [1, 2, 3, 4], { MIN: 1, MAX: 4, STEP: 1, COUNT: 4 }],
    ["0-6:2", [0, 2, 4, 6], { MIN: 0, MAX: 6, STEP: 2, COUNT: 4 }],
    ["5-14:3", [5, 8, 11, 14], { MIN: 5, MAX: 14, STEP: 3, COUNT: 4 }],
  ])("sbatch --array=%s runs the parts 0 to 3 of 4", (_, ids, array) => {
    const shards = ids.map((id) => chooseShard({ shards: 4 }, slurm(id, array)).shard);
    expect(shards).toEqual([0, 1, 2, 3].map((index) => ({ index, count: 4 })));
  });

  test("a task of an array that is submitted again alone is asked for its part", () => {
    expect(() => chooseShard({ shards: 4 }, slurm(2, { MIN: 2, MAX: 2, STEP: 1, COUNT: 1 }))).toThrow(
      /^--shards 4 with SLURM_ARRAY_TASK_COUNT=1: .* SLURM_ARRAY_TASK_ID=2 is unknown; name it with --shard I\/4$/,
    );
  });

  test("an array with gaps is refused where its numbers pass the shards", () => {
    const array = { MIN: 0, MAX: 7, STEP: 1, COUNT: 4 };
    expect(() => chooseShard({ shards: 4 }, slurm(7, array))).toThrow("shard 7 of 4, expected 0 to 3");
  });

  test.each([
    [{ shard: "4/4" }, {}, "--shard 4/4: shard 4 of 4, expected 0 to 3"],
    [{ shard: "1" }, {}, "--shard 1: expected I/N, such as 0/4"],
    [{ shard: "1/2", shards: 2 }, {}, "--shard and --shards: give one of the two"],
    [
      { shards: 4 },
      {},
      "--shards 4: SLURM_ARRAY_TASK_ID and JOB_COMPLETION_INDEX are not set; name the shard with --shard I/4",
    ],
    [
      { shards: 2 },
      { JOB_COMPLETION_INDEX: "7" },
      "--shards 2 with JOB_COMPLETION_INDEX=7: shard 7 of 2, expected 0 to 1",
    ],
  ])("%j under %j is refused", (flags, environment, message) => {
    expect(() => chooseShard(flags, environment)).toThrow(message);
  });
});

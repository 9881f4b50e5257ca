import { describe, expect, test } from "@jest/globals";
import { chooseShard } from "../../cli/shard.js";

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
    [{ shard: "4/4" }, {}, "--shard 4/4: part 4 of 4, expected 0 to 3"],
    [{ shard: "1" }, {}, "--shard 1: expected I/N, such as 0/4"],
    [{ shard: "1/2", shards: 2 }, {}, "--shard and --shards: give one of the two"],
    [
      { shards: 4 },
      {},
      "--shards 4: SLURM_ARRAY_TASK_ID and JOB_COMPLETION_INDEX are not set; name the part with --shard I/4",
    ],
    [
      { shards: 2 },
      { JOB_COMPLETION_INDEX: "7" },
      "--shards 2 with JOB_COMPLETION_INDEX=7: part 7 of 2, expected 0 to 1",
    ],
  ])("%j under %j is refused", (flags, environment, message) => {
    expect(() => chooseShard(flags, environment)).toThrow(message);
  });
});

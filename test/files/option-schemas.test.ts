import { describe, expect, test } from "@jest/globals";
import {
  evaluateAnswers,
  evaluateModel,
  evaluateSuite,
  executeTransfer,
  exportAdapter,
  planExplanation,
  planTransfer,
  writeExplanation,
  type ExplainPlan,
  type TransferPlan,
} from "../../src/index.js";

/** Every call of the library with options of one wrong field, as JavaScript would make it. */
const CALLS: readonly [call: string, run: () => Promise<unknown>, message: string][] = [
  [
    "planTransfer",
    () => planTransfer({ adapter: "a" } as never),
    'the options of planTransfer: "target": expected string, received undefined',
  ],
  [
    "planTransfer",
    () => planTransfer({ adapter: "a", target: "b", align: "best" } as never),
    'the options of planTransfer: "align": Invalid option: expected one of "none"|',
  ],
  [
    "planTransfer",
    () => planTransfer({ adapter: "a", target: "b", methd: "none" } as never),
    'the options of planTransfer: Unrecognized key: "methd"',
  ],
  [
    "executeTransfer",
    () => executeTransfer({} as TransferPlan, { output: 5, toolVersion: "1" } as never),
    'the options of executeTransfer: "output": expected string, received number',
  ],
  [
    "exportAdapter",
    () => exportAdapter({ adapter: "a", output: "o", toolVersion: "1", format: "tflite" } as never),
    'the options of exportAdapter: "format": Invalid option: expected one of ',
  ],
  [
    "planExplanation",
    () => planExplanation({ images: "photo.jpg", adapter: "a", vision: "v" } as never),
    'the options of planExplanation: "images": expected array, received string',
  ],
  [
    "writeExplanation",
    () => writeExplanation({} as ExplainPlan, { output: "o", toolVersion: "1", signal: {} } as never),
    'the options of writeExplanation: "signal": expected an AbortSignal',
  ],
  [
    "evaluateModel",
    () => evaluateModel({ benchmark: "gqa", data: "d", selection: { limit: 0, seed: null } } as never),
    'the options of evaluateModel: "selection.limit": ',
  ],
  [
    "evaluateAnswers",
    () => evaluateAnswers({ benchmark: "gqa", data: "d", answers: [] } as never),
    'the options of evaluateAnswers: "answers": ',
  ],
  ["evaluateSuite", () => evaluateSuite({ runs: [{ benchmark: "gqa" }] } as never), "the options of evaluateSuite: "],
];

describe("the library names the option that is wrong", () => {
  test.each(CALLS)("%s", async (_call, run, message) => {
    await expect(run()).rejects.toThrow(message);
    await expect(run()).rejects.toMatchObject({ name: "InputError", message: expect.not.stringContaining("\n") });
  });
});

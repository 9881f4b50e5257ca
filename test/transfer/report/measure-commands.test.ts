import { expect, test } from "@jest/globals";
import { measureCommands } from "../../../src/transfer/report/measure-commands.js";

const folders = { adapter: "a", source: "s", target: "t", vision: "v", output: "o" };
const after =
  "langbridge eval --benchmark NAME --data DIR --adapter o --llm t --vision v --output after --baseline before/results.json";

test("an adapter is measured before its transfer and after it", () => {
  expect(measureCommands(folders)).toEqual([
    "langbridge eval --benchmark NAME --data DIR --adapter a --llm s --vision v --output before",
    after,
  ]);
});

test("with the matrix that it was given, which eval needs as well", () => {
  expect(measureCommands({ ...folders, matrixFile: "my matrix.pt" })).toEqual([
    "langbridge eval --benchmark NAME --data DIR --adapter a --llm s --vision v --vocab-matrix 'my matrix.pt' --output before",
    after,
  ]);
});

test("without a matrix, once it has the rows of its own LLM", () => {
  expect(measureCommands({ ...folders, matrixFile: null })).toEqual([
    "langbridge transfer a s --source s --align none --output own",
    "langbridge eval --benchmark NAME --data DIR --adapter own --llm s --vision v --output before",
    after,
  ]);
});

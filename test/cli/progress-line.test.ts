import { describe, expect, test } from "@jest/globals";
import { progressLine } from "../../cli/progress-line.js";

function terminal(isTTY: boolean): { stream: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream;
  return { stream, written };
}

describe("progressLine", () => {
  test("redraws one line on a terminal and clears it at the end", () => {
    const { stream, written } = terminal(true);
    const line = progressLine(stream);
    line.report({ stage: "copying", done: 5e6, total: 10e6, unit: "bytes" });
    line.end();
    expect(written).toEqual(["\r\u001b[Kcopying  50 %  5 / 10 MB", "\r\u001b[K"]);
  });

  test("writes nothing to a pipe", () => {
    const { stream, written } = terminal(false);
    const line = progressLine(stream);
    line.report({ stage: "copying", done: 1, total: 2 });
    line.end();
    expect(written).toEqual([]);
  });

  test("skips redraws that come too fast, but never the last one", () => {
    const { stream, written } = terminal(true);
    const line = progressLine(stream);
    for (let done = 1; done <= 1000; done++) line.report({ stage: "rows", done, total: 1000, unit: "rows" });
    expect(written.length).toBeLessThan(500);
    expect(written.at(-1)).toContain("1000 / 1000 rows");
  });
});

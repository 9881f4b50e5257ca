import { afterEach, describe, expect, jest, test } from "@jest/globals";
import stringWidth from "string-width";
import { progressLine } from "../../cli/progress-line.js";

afterEach(() => void jest.useRealTimers());

function terminal(isTTY: boolean, columns?: number): { stream: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream;
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

  test.each([40, 12, 1])("on a terminal of %d columns a line is cut, so that it never wraps", (columns) => {
    const { stream, written } = terminal(true, columns);
    progressLine(stream).report({ stage: "a long stage of the work, 12 minutes left", done: 1, total: 2 });
    const text = written.join("").replace("\r\u001b[K", "");
    expect(text).toMatch(/^[^\r]*…$/);
    expect(stringWidth(text)).toBe(Math.max(1, columns - 1));
  });

  test("wide characters are cut whole, and control characters are shown", () => {
    const { stream, written } = terminal(true, 10);
    progressLine(stream).report({ stage: "\u001b[2J東京東京東京", done: 0, total: 0 });
    expect(written).toEqual(["\r\u001b[K␛[2J東京…"]);
  });

  test("a terminal that does not know its width gets the whole line", () => {
    const { stream, written } = terminal(true, 0);
    progressLine(stream).report({ stage: "x".repeat(200), done: 0, total: 0 });
    expect(written).toEqual([`\r\u001b[K${"x".repeat(200)}`]);
  });

  test("a pipe gets a plain line at once, and one a minute", () => {
    jest.useFakeTimers();
    const { stream, written } = terminal(false);
    const line = progressLine(stream);
    for (let second = 0; second <= 150; second++) {
      line.report({ stage: "asking", done: second, total: 150, unit: "questions", detail: "1.0 questions/s" });
      jest.advanceTimersByTime(1000);
    }
    line.end();
    jest.advanceTimersByTime(600_000);
    const shown = (done: number): string =>
      `asking  ${Math.floor((100 * done) / 150)} %  ${done} / 150 questions, 1.0 questions/s\n`;
    expect(written).toEqual([shown(0), shown(59), shown(119)]);
  });

  test("a pipe gets a line for each stage, and one a minute while a stage says nothing", () => {
    jest.useFakeTimers();
    const { stream, written } = terminal(false);
    const line = progressLine(stream);
    line.report({ stage: "reading headers", done: 0, total: 0 });
    line.report({ stage: "loading the LLM", done: 0, total: 0 });
    jest.advanceTimersByTime(125_000);
    line.end();
    expect(written).toEqual([
      ...["reading headers\n", "loading the LLM\n"],
      ...["loading the LLM, 60 s so far\n", "loading the LLM, 120 s so far\n"],
    ]);
  });

  test("on a terminal the seconds of a stage that says nothing go on, also under a note", () => {
    jest.useFakeTimers();
    const { stream, written } = terminal(true);
    const line = progressLine(stream);
    line.report({ stage: "loading the LLM", done: 0, total: 0 });
    line.clear();
    jest.advanceTimersByTime(2500);
    line.end();
    jest.advanceTimersByTime(60_000);
    const clear = "\r\u001b[K";
    expect(written).toEqual([
      ...[`${clear}loading the LLM`, clear, `${clear}loading the LLM`, `${clear}loading the LLM, 2 s so far`, clear],
    ]);
  });

  test("skips redraws that come too fast, but never the last one", () => {
    const { stream, written } = terminal(true);
    const line = progressLine(stream);
    for (let done = 1; done <= 1000; done++) line.report({ stage: "rows", done, total: 1000, unit: "rows" });
    expect(written.length).toBeLessThan(500);
    expect(written.at(-1)).toContain("1000 / 1000 rows");
  });
});

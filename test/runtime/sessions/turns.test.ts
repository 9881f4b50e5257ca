import { describe, expect, test } from "@jest/globals";
import { Turns } from "../../../src/runtime/sessions/turns.js";

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Turns", () => {
  test("a task begins when the one before it has ended, be it in an error", async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const task = (name: string) => async (): Promise<string> => {
      seen.push(`${name} begins`);
      await soon();
      seen.push(`${name} ends`);
      if (name === "b") throw new Error("b failed");
      return name;
    };
    const results = await Promise.allSettled(["a", "b", "c"].map((name) => turns.take(task(name))));
    expect(seen).toEqual(["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("a waiting task whose signal fires is turned away at once and never run; those behind it keep their order", async () => {
    const turns = new Turns();
    const controller = new AbortController();
    const seen: string[] = [];
    let endFirst!: () => void;
    const first = turns.take(() => new Promise<void>((resolve) => (endFirst = resolve)));
    const note = (name: string) => (): Promise<void> => Promise.resolve(void seen.push(name));
    const second = turns.take(note("second"), controller.signal);
    const third = turns.take(note("third"));
    await soon();
    controller.abort();
    await expect(second).rejects.toMatchObject({ name: "InterruptedError" });
    expect(seen).toEqual([]);
    endFirst();
    await Promise.all([first, third]);
    expect(seen).toEqual(["third"]);
  });
});

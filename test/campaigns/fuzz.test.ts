import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

const fuzz = (...args: string[]): string => {
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "campaigns/fuzz/run.js"), ...args], {
    encoding: "utf8",
  });
  return stdout + stderr;
};

test("damaged files of every kind open or are refused in one line; the same seed makes the same ones", () => {
  const args = ["--seed", "5", "--count", "250"];
  const first = fuzz(...args);
  expect(first).toMatch(/\nraw errors 0, hangs 0\n$/);
  expect(first).toMatch(/^\d+ inputs, [1-9]\d* opened, [1-9]\d* refused, 0 raw, 0 crashed, 0 hung/m);
  const of = (kind: string): string => /^.*?(?=, \d+ slow)/m.exec(fuzz(kind, "--seed", "5", "--count", "60"))![0];
  expect(of("torch")).toBe(of("torch"));
});

import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "@jest/globals";

const LIBRARY = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "dist", "src", "index.js");

describe("the thread that runs models", () => {
  test("starts in a program that was given on the command line", () => {
    const script = `import { diagnose } from ${JSON.stringify(pathToFileURL(LIBRARY).href)};
      const { devices } = await diagnose({ device: "cpu" });
      process.stdout.write(JSON.stringify(devices.map(({ device, runs }) => [device, runs.length > 0])));`;
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(JSON.parse(printed)).toEqual([["cpu", true]]);
  });
});

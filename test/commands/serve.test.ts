import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test } from "@jest/globals";
import Serve from "../../commands/serve.js";
import { ROOT } from "../helpers/markdown.js";
import { runCommand } from "../helpers/run-command.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const MODEL = [
  ...["--adapter", join(WORLD, "adapters", "qwen2", "anchored"), "--llm", join(WORLD, "qwen2")],
  ...["--vision", join(WORLD, "vision"), "--threads", "1"],
];

describe("serve", () => {
  test("says what it does from its first line, answers, and ends with 0 at Ctrl-C", async () => {
    const server = spawn(
      process.execPath,
      [join(ROOT, "bin", "run.js"), "serve", ...MODEL, "--port", "0", "--name", "world"],
      {
        stdio: ["ignore", "ignore", "pipe"],
        env: { ...process.env, LANGBRIDGE_CACHE_DIR: join(root, "cache"), LANGBRIDGE_API_KEY: "secret" },
      },
    );
    const lines: string[] = [];
    const exited = once(server, "exit");
    try {
      for await (const line of createInterface({ input: server.stderr })) {
        lines.push(line);
        if (line.endsWith("; Ctrl-C ends it")) break;
      }
      expect(lines[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+: loads the model$/);
      expect(lines[1]).toBe("reading headers and settings");
      expect(lines.at(-1)).toMatch(/\/v1: serves world; Ctrl-C ends it$/);
      const url = lines[0]!.split(": ")[0]!;
      expect((await fetch(`${url}/v1/models`)).status).toBe(401);
      const models = await fetch(`${url}/v1/models`, { headers: { authorization: "Bearer secret" } });
      expect(await models.json()).toMatchObject({ data: [{ id: "world" }] });
    } finally {
      server.kill("SIGINT");
    }
    expect(await exited).toEqual([0, null]);
  });

  test.each<[string, string[], RegExp]>([
    [
      "an address of other machines without a key",
      ["--host", "0.0.0.0"],
      /--host 0\.0\.0\.0: other machines could ask/,
    ],
    ["a port that is none", ["--port", "70000"], /--port/],
    ["a model that is not there", ["--llm", "none"], /--llm: none: no such file or folder/],
  ])("refuses %s", async (_what, more, message) => {
    const { stderr, exitCode } = await runCommand(Serve, [
      ...MODEL.filter((_, at) => !more.includes("--llm") || (at !== 2 && at !== 3)),
      ...more,
    ]);
    expect(stderr).toMatch(message);
    expect(exitCode).not.toBe(0);
  });
});

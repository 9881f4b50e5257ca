import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { ROOT } from "../helpers/markdown.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const RUN = join(ROOT, "bin", "run.js");

interface End {
  readonly argv: readonly string[];
  /** Sent when the command says that it asks questions. */
  readonly signal?: NodeJS.Signals;
}

const asking = (signal: NodeJS.Signals): End => ({
  signal,
  argv: [
    ...["eval", "--benchmark", "gqa", "--data", join(WORLD, "benchmarks", "gqa"), "--images", join(WORLD, "images")],
    ...["--adapter", join(WORLD, "adapters", "qwen2", "anchored"), "--llm", join(WORLD, "qwen2")],
    ...["--vision", join(WORLD, "vision"), "--threads", "1", "--output", join(root, signal)],
  ],
});

/** A way to each exit code that the documents name. */
const ENDS: Readonly<Record<number, End>> = {
  0: { argv: ["inspect", join(WORLD, "qwen2")] },
  1: { argv: ["inspect", join(root, "nowhere")] },
  2: { argv: ["inspect", "--no-such-flag"] },
  129: asking("SIGHUP"),
  130: asking("SIGINT"),
  143: asking("SIGTERM"),
};

/** What a shell would call the end of the command. */
function exitCode({ argv, signal }: End): Promise<number> {
  const env = { ...process.env, LANGBRIDGE_CACHE_DIR: join(root, "cache") };
  const child = spawn(process.execPath, [RUN, ...argv], { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += String(chunk);
    if (signal !== undefined && /^gqa {2}0 %/m.test(said)) child.kill(signal);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, ended) => resolve(code ?? 128 + constants.signals[ended!]));
  });
}

test("commands end with the exit codes that the documents name, and the documents name all of them", async () => {
  const text = readFileSync(join(ROOT, "docs", "troubleshooting.md"), "utf8");
  const [table] = /\| exit code .*?\n\n/s.exec(text)!;
  const documented = [...table.matchAll(/^\| (\d+) /gm)].map(([, code]) => Number(code));
  expect(documented).toEqual(Object.keys(ENDS).map(Number));
  for (const code of documented) expect([code, await exitCode(ENDS[code]!)]).toEqual([code, code]);
});

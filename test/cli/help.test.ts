import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import Transfer from "../../commands/transfer.js";
import { ROOT } from "../helpers/markdown.js";
import { runCommand } from "../helpers/run-command.js";

function langbridge(...argv: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "bin", "run.js"), ...argv], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe("help", () => {
  test("of a command is the same by help COMMAND, --help and -h", () => {
    const [byName, long, short] = [
      langbridge("help", "inspect"),
      langbridge("inspect", "--help"),
      langbridge("inspect", "-h"),
    ];
    expect(byName.stdout).toContain("USAGE\n  $ langbridge inspect SOURCE [TARGET]");
    expect([long.stdout, short.stdout]).toEqual([byName.stdout, byName.stdout]);
    expect([byName.status, long.status, short.status]).toEqual([0, 0, 0]);
  });

  test("groups the flags of a model", () => {
    const { stdout } = langbridge("ask", "-h");
    expect(stdout.indexOf("INPUT FLAGS")).toBeGreaterThan(0);
    expect(stdout.indexOf("RUNNING FLAGS")).toBeGreaterThan(stdout.indexOf("INPUT FLAGS"));
  });
});

describe("a command that there is not", () => {
  test("is one line with the one that may have been meant", () => {
    expect(langbridge("trasnfer", "a")).toEqual({
      status: 2,
      stdout: "",
      stderr: "langbridge: trasnfer: no such command; did you mean transfer?\n",
    });
  });

  test("of a topic is named with it", () => {
    expect(langbridge("eval", "mrege").stderr).toBe(
      "langbridge: eval mrege: no such command; did you mean eval merge?\n",
    );
  });

  test("that is near none is one line with all", () => {
    const { stderr, status } = langbridge("frobnicate");
    expect(stderr).toMatch(
      /^langbridge: frobnicate: no such command; expected one of ask, doctor, eval, eval compare, eval merge, explain, export, help, inspect, serve, transfer\n$/,
    );
    expect(status).toBe(2);
  });
});

test("~ behind a = is the user's folder, of flags that name files and folders", async () => {
  const { stderr } = await runCommand(Transfer, ["--source=~/no-such-folder", ".", "."]);
  expect(stderr).toContain(`--source: ${homedir()}/no-such-folder: no such file or folder`);
  expect((await runCommand(Transfer, ["--dtype=~", ".", "."])).stderr).toContain("--dtype=~: expected one of");
});

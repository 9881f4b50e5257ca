import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import Transfer from "../../commands/transfer.js";
import { ROOT } from "../helpers/markdown.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { runCommand } from "../helpers/run-command.js";

interface Manifest {
  readonly commands: Readonly<
    Record<string, { readonly flags: Readonly<Record<string, { name: string; helpGroup: string }>> }>
  >;
}

const cache = temporaryFolder();

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

  test("groups the flags: what is read, how it runs, what is written", () => {
    const { stdout } = langbridge("eval", "-h");
    const groups = ["INPUT FLAGS", "RUNNING FLAGS", "OUTPUT FLAGS", "GLOBAL FLAGS"];
    for (const group of groups) expect(stdout).toContain(group);
    const manifest = JSON.parse(readFileSync(join(ROOT, "oclif.manifest.json"), "utf8")) as Manifest;
    for (const { flags } of Object.values(manifest.commands)) {
      for (const { name, helpGroup } of Object.values(flags)) {
        expect([name, `${helpGroup} FLAGS`]).toEqual([name, expect.stringMatching(groups.join("|"))]);
      }
    }
  });

  test("completes words of a shell: commands, flags and values", () => {
    const env = { ...process.env, LANGBRIDGE_CACHE_DIR: cache, SHELL: "/bin/bash" };
    const made = spawnSync(process.execPath, [join(ROOT, "bin", "run.js"), "autocomplete", "bash"], {
      encoding: "utf8",
      env,
    });
    expect([made.status, made.stdout]).toEqual([0, expect.stringContaining("langbridge autocomplete script bash")]);
    const setup = join(cache, "autocomplete", "bash_setup");
    const ask = `source ${setup}; COMP_WORDS=(langbridge trans); COMP_CWORD=1; cur=trans; _langbridge_autocomplete; echo "\${COMPREPLY[@]}"`;
    expect(spawnSync("bash", ["-c", ask], { encoding: "utf8", env }).stdout).toContain("transfer");
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
      /^langbridge: frobnicate: no such command; expected one of ask, autocomplete, cache clear, cache list, doctor, eval, eval compare, eval merge, explain, export, help, inspect, serve, transfer, vocab\n$/,
    );
    expect(status).toBe(2);
  });
});

test("~ behind a = is the user's folder, of flags that name files and folders", async () => {
  const { stderr } = await runCommand(Transfer, ["--source=~/no-such-folder", ".", "."]);
  expect(stderr).toContain(`--source: ${homedir()}/no-such-folder: no such file or folder`);
  expect((await runCommand(Transfer, ["--dtype=~", ".", "."])).stderr).toContain("--dtype=~: expected one of");
});

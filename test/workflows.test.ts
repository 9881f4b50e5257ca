import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { readJson } from "./helpers/read-json.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const { scripts, engines } = readJson(ROOT, "package.json") as {
  scripts: Readonly<Record<string, string>>;
  engines: { node: string };
};

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly strategy?: { readonly matrix: { readonly os: readonly string[]; readonly node: readonly number[] } };
        readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
      }
    >
  >;
}

const read = (name: string): Workflow =>
  parse(readFileSync(join(ROOT, ".github", "workflows", name), "utf8")) as Workflow;

describe.each(["test.yml", "release.yml"])("%s", (name) => {
  const steps = Object.values(read(name).jobs).flatMap((job) => job.steps);

  test("runs scripts that there are", () => {
    const named = steps.flatMap(({ run = "" }) =>
      [...run.matchAll(/npm (?:run )?(\S+)/g)].map(([, script]) => script!),
    );
    const own = named.filter((script) => !["ci", "pack", "publish"].includes(script));
    expect(own.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});

test("the tests run on three systems, from the oldest Node that package.json allows", () => {
  const { matrix } = Object.values(read("test.yml").jobs).find(({ strategy }) => strategy !== undefined)!.strategy!;
  expect(matrix.os.map((os) => os.split("-")[0])).toEqual(["ubuntu", "macos", "windows"]);
  expect(engines.node).toBe(`>=${Math.min(...matrix.node)}`);
});

test("a release runs every check before it publishes", () => {
  const runs = Object.values(read("release.yml").jobs).flatMap(({ steps }) => steps.map(({ run = "" }) => run));
  const place = (part: string): number => runs.findIndex((run) => run.includes(part));
  expect(place("release-notes")).toBeGreaterThanOrEqual(0);
  expect(place(".ci/run")).toBeGreaterThan(place("release-notes"));
  expect(place("npm publish")).toBeGreaterThan(place(".ci/run"));
});

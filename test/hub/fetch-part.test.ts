import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import Ask from "../../commands/ask.js";
import Inspect from "../../commands/inspect.js";
import Transfer from "../../commands/transfer.js";
import { findFolder } from "../../src/hub/find-folder.js";
import { writeSafetensorsShards } from "../helpers/make-shards.js";
import { filesOf, sha256Of, startHub, type HubServer } from "../helpers/hub-server.js";
import { runCommand } from "../helpers/run-command.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const TOKEN = "hf_secretSECRETsecret";
const root = temporaryFolder();
const adapter = join(WORLD, "adapters", "llama2", "anchored");
const target = join(WORLD, "qwen2");
/** The same LLM in two shards with an index. */
const sharded = join(root, "sharded");

let hub: HubServer;
let home: string;
let made = 0;
const before = { ...process.env };

beforeAll(async () => {
  cpSync(target, sharded, { recursive: true, filter: (path) => !path.endsWith(".safetensors") });
  await writeSafetensorsShards(join(target, "model.safetensors"), sharded);
});
beforeEach(async () => {
  hub = await startHub({
    "models/org/qwen2": filesOf(target),
    "models/org/sharded": filesOf(sharded),
    "models/org/adapter": filesOf(adapter),
  });
  home = join(root, `home ${made++}`);
  mkdirSync(home);
  for (const name of ["HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_TOKEN_PATH"]) delete process.env[name];
  Object.assign(process.env, {
    HF_ENDPOINT: hub.endpoint,
    HF_HOME: home,
    HF_TOKEN: TOKEN,
    XDG_CACHE_HOME: home,
    LANGBRIDGE_CACHE_DIR: join(home, "own"),
  });
});
afterEach(() => hub.close());
afterAll(() => {
  process.env = before;
});

const sizeOf = (path: string): number => statSync(path).size;
const TABLE = 1664 * 64 * 2;

describe("langbridge transfer from the Hub", () => {
  test.each(["org/qwen2", "org/sharded"])(
    "%s: reads of the target's weights its embedding table alone, and writes the same",
    async (name) => {
      const [there, here] = [join(home, "there"), join(home, "here")];
      const remote = await runCommand(Transfer, [adapter, name, "--output", there], { says: true });
      expect(remote).toMatchObject({ exitCode: 0 });
      expect(remote.stderr).toMatch(
        new RegExp(`^${name}: is not here; fetching it from 127\\.0\\.0\\.1:\\d+ into .*hub$`, "m"),
      );
      await runCommand(Transfer, [adapter, target, "--output", here]);
      for (const file of ["model.safetensors", "vocabulary.json"]) {
        expect(readFileSync(join(there, file)).equals(readFileSync(join(here, file)))).toBe(true);
      }
      const settings = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"].reduce(
        (sum, file) => sum + sizeOf(join(target, file)),
        0,
      );
      // A header is within the first bytes that are read; the small files here are shorter than those.
      const ranges = hub.seen.flatMap(({ host, range }) => (host === "store" && range !== undefined ? [range] : []));
      expect(ranges.length).toBeGreaterThanOrEqual(2);
      expect(hub.sent()).toBeLessThan(settings + TABLE + 2 * 2 ** 18 + 5000);
      const asked = hub.seen.length;
      expect(await runCommand(Transfer, [adapter, name, "--output", join(home, "again"), "--offline"])).toMatchObject({
        exitCode: 0,
        stderr: expect.not.stringContaining("fetching") as unknown,
      });
      expect(hub.seen.length).toBe(asked);
      expect(remote.stderr + remote.stdout).not.toContain(TOKEN);
    },
  );

  test("what is run later is fetched whole: nobody takes a part for the file", async () => {
    await runCommand(Transfer, [adapter, "org/qwen2", "--output", join(home, "out")]);
    expect(
      existsSync(
        join(home, "hub", "models--org--qwen2", "blobs", sha256Of(readFileSync(join(target, "model.safetensors")))),
      ),
    ).toBe(false);
    const folder = await findFolder("org/qwen2", {
      endpoint: hub.endpoint,
      hubCache: join(home, "hub"),
      cacheFolder: join(home, "own"),
    });
    expect(
      readFileSync(join(folder, "model.safetensors")).equals(readFileSync(join(target, "model.safetensors"))),
    ).toBe(true);
  });

  test("an interrupted table is gone on with, and a broken connection is one line", async () => {
    let cut = true;
    hub.fault = (request, response, host) => {
      const isTable =
        host === "store" && request.headers.range !== undefined && !request.headers.range.startsWith("bytes=0-");
      if (!isTable || !cut) return false;
      response.destroy();
      return true;
    };
    const failed = await runCommand(Transfer, [adapter, "org/qwen2", "--output", join(home, "out"), "--quiet"]);
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toMatch(
      /^langbridge: org\/qwen2\/model\.safetensors: 127.* cannot be reached, or breaks off .*\n$/,
    );
    expect(existsSync(join(home, "out"))).toBe(false);
    cut = false;
    expect(await runCommand(Transfer, [adapter, "org/qwen2", "--output", join(home, "out")])).toMatchObject({
      exitCode: 0,
    });
  }, 60_000);
});

describe("langbridge inspect from the Hub", () => {
  test("reads settings, tokenizer and headers", async () => {
    const remote = await runCommand<{ llm: object; vocabulary: object }>(Inspect, ["org/sharded"]);
    expect(remote.exitCode).toBe(0);
    const local = await runCommand<{ llm: object; vocabulary: object }>(Inspect, [sharded]);
    expect(remote.result).toMatchObject({ name: "org/sharded", llm: local.result!.llm });
    expect(remote.result!.vocabulary).toEqual({
      ...local.result!.vocabulary,
      ...("name" in local.result!.vocabulary && { name: "org/sharded" }),
    });
    expect(
      hub.seen.filter(({ host, range }) => host === "store" && range !== undefined && !range.startsWith("bytes=0-")),
    ).toEqual([]);
  });

  test("an adapter is fetched with its numbers", async () => {
    const remote = await runCommand<{ adapter: object }>(Inspect, ["org/adapter"]);
    const local = await runCommand<{ adapter: object }>(Inspect, [adapter]);
    expect(remote).toMatchObject({
      exitCode: 0,
      result: { adapter: { ...local.result!.adapter, name: "org/adapter" } },
    });
  });
});

test("--offline and HF_HUB_OFFLINE ask nobody, and say how to fetch", async () => {
  const offline = await runCommand(Inspect, ["org/qwen2", "--offline"]);
  process.env["HF_HUB_OFFLINE"] = "1";
  const byEnvironment = await runCommand(Ask, ["photo.jpg", "What?", "--model", "org/qwen2"]);
  for (const { stderr, exitCode } of [offline, byEnvironment]) {
    expect(stderr).toMatch(
      /^langbridge: org\/qwen2: .* does not hold all of it, and --offline \(HF_HUB_OFFLINE\) lets nothing be fetched; .*hf download org\/qwen2\n$/,
    );
    expect(exitCode).toBe(1);
  }
  expect(hub.seen).toEqual([]);
});

test("an endpoint that is no URL, and a token that no header holds, are refused without their text", async () => {
  process.env["HF_TOKEN"] = "hf_secret\nSECRET";
  expect((await runCommand(Inspect, ["org/qwen2"])).stderr).toBe(
    "langbridge: HF_TOKEN: holds characters that no token has; copy the token again\n",
  );
  Object.assign(process.env, { HF_TOKEN: TOKEN, HF_ENDPOINT: "huggingface" });
  expect((await runCommand(Inspect, ["org/qwen2"])).stderr).toMatch(
    /^langbridge: HF_ENDPOINT: is no URL, expected one such as/,
  );
});

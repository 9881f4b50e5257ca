import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { scanCacheDir } from "@huggingface/hub";
import { findFolder, type FindFolderOptions } from "../../src/hub/find-folder.js";
import { COMMIT, fail, sha256Of, startHub, type HubFiles, type HubServer } from "../helpers/hub-server.js";
import { testWithDisk, tinyDisk, withoutPrivileges } from "../helpers/hostile-disk.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const TOKEN = "hf_secretSECRETsecret";
const root = temporaryFolder();

const random = (length: number, seed: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 13) & 255));

const MODEL: HubFiles = {
  "config.json": Buffer.from('{"model_type":"llama"}'),
  "tokenizer.json": random(5000, 1),
  "README.md": Buffer.from("# a model"),
  "model.safetensors.index.json": Buffer.from(
    JSON.stringify({ weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" } }),
  ),
  "model-00001-of-00002.safetensors": random(300_000, 2),
  "model-00002-of-00002.safetensors": random(150_000, 3),
  "pytorch_model.bin": random(400_000, 4),
  "original/consolidated.00.pth": random(9000, 5),
};
const FETCHED = [
  "config.json",
  "model-00001-of-00002.safetensors",
  "model-00002-of-00002.safetensors",
  "model.safetensors.index.json",
  "tokenizer.json",
];
/** Where nobody listens any more. */
const CLOSED = await startHub({}).then((gone) => gone.close().then(() => gone.endpoint));
const SHARD = "model-00001-of-00002.safetensors";

let hub: HubServer;
let hubCache: string;
let made = 0;
let notes: string[];

beforeEach(async () => {
  hub = await startHub({
    "models/org/model": MODEL,
    "datasets/org/data": { "data/test-00000.parquet": random(3000, 6), "logo.png": random(10, 7) },
  });
  hubCache = join(root, `cache ${made++}`);
  notes = [];
});
afterEach(() => hub.close());

const options = (more: Partial<FindFolderOptions> = {}): FindFolderOptions => ({
  ...{ endpoint: hub.endpoint, hubCache, cacheFolder: join(hubCache, "own"), retryMs: 1 },
  onNote: (note) => notes.push(note),
  ...more,
});
const find = (argument: string, more: Partial<FindFolderOptions> = {}) => findFolder(argument, options(more));
const paths = (host: "hub" | "store" = "store"): string[] =>
  hub.seen.filter((one) => one.host === host).map(({ path }) => path);
/** All files below a folder. */
const below = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
        lstatSync(join(folder, name)).isFile(),
      )
    : [];

describe("a repository of the Hub", () => {
  test("is fetched once, into the layout of the Hugging Face cache, with the weights of one format", async () => {
    const folder = await find("org/model");
    expect(folder).toBe(join(hubCache, "models--org--model", "snapshots", COMMIT));
    expect(readdirSync(folder).sort()).toEqual(FETCHED);
    for (const name of FETCHED) expect(readFileSync(join(folder, name)).equals(MODEL[name]!)).toBe(true);
    expect(notes).toEqual([expect.stringMatching(/^org\/model: is not here; fetching it from 127\.0\.0\.1:\d+ into /)]);
    expect(readFileSync(join(hubCache, "models--org--model", "refs", "main"), "utf8")).toBe(COMMIT);
    expect(existsSync(join(hubCache, "models--org--model", "blobs", sha256Of(MODEL[SHARD]!)))).toBe(true);
    expect(below(hubCache).filter((name) => /incomplete|lock/.test(name))).toEqual([]);
    // Read by the Hub's own library.
    const { repos, warnings } = await scanCacheDir(hubCache);
    expect(warnings).toEqual([]);
    expect(repos).toMatchObject([{ id: { type: "model", name: "org/model" }, filesCount: FETCHED.length }]);
    const asked = hub.seen.length;
    expect(await find("hf://org/model")).toBe(folder);
    expect(hub.seen.length).toBe(asked);
  });

  test("a folder of that name comes first", async () => {
    const before = process.cwd();
    mkdirSync(join(root, "here", "org", "model"), { recursive: true });
    process.chdir(join(root, "here"));
    try {
      expect(await find("org/model")).toBe("org/model");
    } finally {
      process.chdir(before);
    }
    expect(hub.seen).toEqual([]);
  });

  test("revisions, single files and data sets", async () => {
    const file = await find("hf://org/model@v1/config.json");
    expect(file).toBe(join(hubCache, "models--org--model", "snapshots", COMMIT, "config.json"));
    expect(readFileSync(join(hubCache, "models--org--model", "refs", "v1"), "utf8")).toBe(COMMIT);
    const data = await find("hf://datasets/org/data");
    expect(data).toBe(join(hubCache, "datasets--org--data", "snapshots", COMMIT));
    expect(below(join(hubCache, "datasets--org--data", "blobs"))).toHaveLength(1);
    expect(readFileSync(join(data, "data", "test-00000.parquet")).length).toBe(3000);
  });

  test("what is missing of a snapshot is fetched, and what is there is not", async () => {
    await find(`hf://org/model/${SHARD}`);
    const folder = await find("org/model");
    expect(readdirSync(folder).sort()).toEqual(FETCHED);
    expect(paths().filter((path) => path.endsWith(sha256Of(MODEL[SHARD]!)))).toHaveLength(1);
  });

  test("progress counts bytes up to all of them", async () => {
    const steps: [number, number][] = [];
    await find("org/model", {
      onProgress: ({ done, total, unit }) => void (unit === "bytes" && steps.push([done, total])),
    });
    const weights = MODEL[SHARD]!.length + MODEL["model-00002-of-00002.safetensors"]!.length;
    expect(steps.at(-1)).toEqual([weights, weights]);
  });
});

describe("a token", () => {
  test("goes to the Hub and to no other host, into no file and no message", async () => {
    hub.fault = (request, response, host) => {
      // A list that goes on at another host, which would be given the token by a client that trusts links.
      if (host !== "hub" || !request.url!.includes("/tree/")) return false;
      const store = hub.endpoint.replace("127.0.0.1", "localhost");
      response.setHeader("Link", `<${store}/api/models/org/model/elsewhere>; rel="next"`);
      return false;
    };
    const failed = await find("org/model", { token: TOKEN }).catch((error: unknown) => error);
    expect(String(failed)).not.toContain(TOKEN);
    hub.fault = undefined;
    await find("org/model", { token: TOKEN });
    const told = hub.seen.filter(({ authorization }) => authorization !== undefined);
    expect(told.length).toBeGreaterThan(3);
    expect(told.filter(({ host, path }) => host === "store" || path.includes("elsewhere"))).toEqual([]);
    expect(hub.seen.some(({ host }) => host === "store")).toBe(true);
    expect(hub.seen.some(({ path }) => path.includes("elsewhere"))).toBe(true);
    for (const name of below(hubCache)) expect(readFileSync(join(hubCache, name)).includes(TOKEN)).toBe(false);
    for (const status of [401, 403, 404, 500]) {
      hub.fault = (request, response) => (
        fail(response, status, "", { "X-Echo": request.headers.authorization ?? "" }),
        true
      );
      const error: unknown = await find("org/other", { token: TOKEN }).catch((reason: unknown) => reason);
      expect([String(error), JSON.stringify(error), String((error as Error).stack)].join()).not.toContain(TOKEN);
    }
    expect(notes.join()).not.toContain(TOKEN);
  });
});

describe("what breaks off", () => {
  test("is gone on with where it broke, byte by byte the same", async () => {
    let cuts = 0;
    hub.fault = (request, response, host) => {
      if (host !== "store" || cuts >= 4 || !request.url!.includes(sha256Of(MODEL[SHARD]!))) return false;
      cuts++;
      const from = Number(/bytes=(\d+)/.exec(request.headers.range ?? "")?.[1] ?? 0);
      const rest = MODEL[SHARD]!.subarray(from);
      // It says that all of it comes, and ends after 50,000 bytes.
      response.writeHead(from > 0 ? 206 : 200, {
        "Content-Length": rest.length,
        ...(from > 0 && { "Content-Range": `bytes ${from}-${MODEL[SHARD]!.length - 1}/${MODEL[SHARD]!.length}` }),
      });
      response.write(rest.subarray(0, 50_000), () => response.destroy());
      return true;
    };
    const folder = await find("org/model");
    expect(readFileSync(join(folder, SHARD)).equals(MODEL[SHARD]!)).toBe(true);
    const ranges = hub.seen
      .filter(({ host, path }) => host === "store" && path.includes(sha256Of(MODEL[SHARD]!)))
      .map(({ range }) => range);
    expect(ranges).toHaveLength(5);
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-/.test(range ?? ""))).toBe(true);
  });

  test("an interrupted run is gone on from by the next", async () => {
    const stop = new AbortController();
    const interrupted = find("org/model", {
      signal: stop.signal,
      onProgress: ({ done, unit, total }) => void (unit === "bytes" && total > 400_000 && done > 0 && stop.abort()),
    });
    await expect(interrupted).rejects.toThrow(
      "interrupted; what was fetched is kept, the same command goes on from there",
    );
    const kept = below(join(hubCache, "models--org--model", "blobs"));
    expect(kept.filter((name) => name.endsWith(".lock"))).toEqual([]);
    const before = hub.sent();
    const folder = await find("org/model");
    for (const name of FETCHED) expect(readFileSync(join(folder, name)).equals(MODEL[name]!)).toBe(true);
    expect(hub.sent() - before).toBeLessThanOrEqual(450_000);
  });

  test("a damaged beginning is found by its hash, and fetched anew", async () => {
    const blobs = join(hubCache, "models--org--model", "blobs");
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, `${sha256Of(MODEL[SHARD]!)}.incomplete`), Buffer.alloc(1000, 7));
    const folder = await find("org/model");
    expect(readFileSync(join(folder, SHARD)).equals(MODEL[SHARD]!)).toBe(true);
  });

  test("a host without ranges is read from its beginning", async () => {
    const blobs = join(hubCache, "models--org--model", "blobs");
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, `${sha256Of(MODEL[SHARD]!)}.incomplete`), MODEL[SHARD]!.subarray(0, 1000));
    hub.fault = (request) => (delete request.headers.range, false);
    expect(readFileSync(join(await find("org/model"), SHARD)).equals(MODEL[SHARD]!)).toBe(true);
  });

  test("too many requests are waited for, as long as the Hub asks", async () => {
    let asked = 0;
    hub.fault = (_, response) => (asked++ < 2 ? (fail(response, 429, "", { "Retry-After": "0" }), true) : false);
    expect(existsSync(await find("org/model"))).toBe(true);
    hub.fault = (_, response) => (fail(response, 429, "", { "Retry-After": "3600" }), true);
    await expect(find("org/later")).rejects.toThrow(
      /^org\/later: 127\.0\.0\.1:\d+ answers 429 and asks to wait 3600 s; run the same again then$/,
    );
  });
});

describe("one clear line, and nothing in the cache, for", () => {
  const shardFault =
    (send: (response: ServerResponse, bytes: Buffer) => void): HubServer["fault"] =>
    (request, response, host) => {
      if (host !== "store" || !request.url!.includes(sha256Of(MODEL[SHARD]!))) return false;
      send(response, MODEL[SHARD]!);
      return true;
    };
  const changed = Buffer.from(MODEL[SHARD]!).fill(1, 1000, 2000);

  test.each<{
    what: string;
    argument?: string;
    more?: Partial<FindFolderOptions>;
    fault?: () => HubServer["fault"];
    says: RegExp;
  }>([
    {
      what: "a name that is none",
      argument: "org/none",
      says: /^org\/none: 127.* has no such repository, or shows it to some only \(401\); check the name, or set HF_TOKEN/,
    },
    {
      what: "the same with a token",
      argument: "org/none",
      more: { token: TOKEN },
      says: /\(404\); check the name, or the token may not read it: check its rights$/,
    },
    {
      what: "a gated repository",
      fault: () => (_, response) => (fail(response, 403, "GatedRepo"), true),
      says: /^org\/model: is gated \(403\); ask for access on its page at .*, then set HF_TOKEN/,
    },
    {
      what: "an unknown revision",
      argument: "hf://org/model@v9",
      says: /^org\/model: has no revision "v9"; name a branch, a tag or a commit of it$/,
    },
    {
      what: "an unknown file",
      argument: "hf://org/model/none.gguf",
      says: /^org\/model: has no file "none\.gguf"; it has config\.json, /,
    },
    { what: "an address that is none", argument: "hf://model", says: /^hf:\/\/model: expected hf:\/\/org\/name/ },
    { what: "a path that leads out", argument: "hf://org/model/../x", says: /expected hf:\/\/org\/name/ },
    {
      what: "a file that was exchanged, by its hash",
      fault: () => shardFault((response, bytes) => response.end(changed.subarray(0, bytes.length))),
      says: /^org\/model\/model-00001-of-00002\.safetensors: has another hash than its bytes make, the Hub lists 300000 bytes of hash .*; it changed meanwhile or was damaged on its way/,
    },
    {
      what: "a file that is another one by what the redirect says",
      fault: () => (request, response, host) => {
        if (host !== "hub" || !request.url!.includes(SHARD)) return false;
        response.writeHead(302, { Location: `${CLOSED}/`, "X-Linked-ETag": `"${"a".repeat(64)}"` });
        response.end();
        return true;
      },
      says: /cannot be reached|another hash, aaaaaaaaaaaa/,
    },
    {
      what: "a file of another size",
      fault: () =>
        shardFault((response, bytes) => {
          response.writeHead(206, { "Content-Range": `bytes 0-99/${bytes.length + 5}` });
          response.end(bytes.subarray(0, 100));
        }),
      says: /has 300005 bytes, the Hub lists 300000 bytes/,
    },
    {
      what: "more bytes than were listed",
      fault: () =>
        shardFault((response, bytes) => {
          response.write(bytes);
          response.end(Buffer.alloc(10));
        }),
      says: /has more than 300000 bytes, the Hub lists 300000/,
    },
    {
      what: "a connection that always breaks",
      fault: () => shardFault((response) => void response.destroy()),
      says: /^org\/model\/model-00001.*: 127.* cannot be reached, or breaks off \(.*\); look at the network and at HF_ENDPOINT, then run the same again: what was fetched is kept$/,
    },
    {
      what: "a file that always ends early",
      fault: () => shardFault((response) => void response.end()),
      says: /cannot be reached, or breaks off \(ends at byte 0 of 300000\)/,
    },
    {
      what: "a server that is down",
      more: { endpoint: CLOSED },
      says: /^org\/model: 127\.0\.0\.1:\d+ cannot be reached, or breaks off \(ECONNREFUSED\)/,
    },
    {
      what: "a server that says nothing",
      more: { silenceMs: 50 },
      fault: () => () => true,
      says: /breaks off \(silent for 0\.05 s\)/,
    },
    {
      what: "a server that is no Hub",
      fault: () => (_, response) => (response.end("<html>"), true),
      says: /answers otherwise than the Hub does; is HF_ENDPOINT a Hugging Face Hub\?/,
    },
    {
      what: "a server in trouble",
      fault: () => (_, response) => (fail(response, 503), true),
      says: /answers 503; try again later$/,
    },
    {
      what: "a redirect without end",
      fault: () => (request, response) => (response.writeHead(302, { Location: request.url! }), response.end(), true),
      says: /redirects 10 times and more/,
    },
    {
      what: "a list of paths that lead out",
      fault: () => (request, response) => {
        if (!request.url!.includes("/tree/")) return false;
        response.end(JSON.stringify([{ type: "file", path: "../../x.json", size: 1, oid: "0".repeat(40) }]));
        return true;
      },
      says: /lists a file that no repository holds/,
    },
    {
      what: "nothing here and nothing to be fetched",
      more: { offline: true },
      says: /^org\/model: .* does not hold all of it, and --offline \(HF_HUB_OFFLINE\) lets nothing be fetched; fetch it where there is a network: hf download org\/model$/,
    },
  ])("$what", async ({ argument = "org/model", more, fault, says }) => {
    hub.fault = fault?.();
    const error: unknown = await find(argument, more).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(says);
    expect((error as Error).message).not.toContain("\n");
    const blobs = below(join(hubCache, "models--org--model", "blobs")).filter((name) => !name.endsWith(".incomplete"));
    for (const name of blobs) expect(Object.values(MODEL).map(sha256Of).concat(name)).toContain(name);
    expect(blobs).not.toContain(sha256Of(MODEL[SHARD]!));
    expect(existsSync(join(hubCache, "models--org--model", "refs", "main"))).toBe(false);
  });

  test("a file that changes between a connection that is cut and the next", async () => {
    const other = Buffer.from(MODEL[SHARD]!).reverse();
    let asked = 0;
    hub.fault = (request, response, host) => {
      if (host !== "store" || !request.url!.includes(sha256Of(MODEL[SHARD]!))) return false;
      const from = Number(/bytes=(\d+)/.exec(request.headers.range ?? "")?.[1] ?? 0);
      const [bytes, end] = asked++ === 0 ? [MODEL[SHARD]!, 150_000] : [other, other.length];
      const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(from > 0 ? 206 : 200, { "Content-Length": bytes.length - from, "Content-Range": range });
      response.write(bytes.subarray(from, end), () => response.destroy());
      return true;
    };
    await expect(find("org/model")).rejects.toThrow(
      /^org\/model\/model-00001-of-00002\.safetensors: has another hash than its bytes make/,
    );
    expect(asked).toBeGreaterThan(1);
    hub.fault = undefined;
    expect(readFileSync(join(await find("org/model"), SHARD)).equals(MODEL[SHARD]!)).toBe(true);
  });

  const disk = tinyDisk(700);

  testWithDisk(disk)("a disk without room, known before the weights are asked for", async () => {
    writeFileSync(join(disk!, "other"), Buffer.alloc(400_000));
    const found = find("org/model", { hubCache: join(disk!, "hub"), cacheFolder: join(disk!, "own") });
    await expect(found).rejects.toThrow(
      /: has 0\.\d MB free, 0\.\d MB are needed; free some space or choose another folder$/,
    );
    rmSync(join(disk!, "other"));
    expect(paths().filter((path) => path.includes(sha256Of(MODEL[SHARD]!)))).toEqual([]);
  });

  testWithDisk(disk)("a disk that fills up meanwhile; once there is room, it goes on", async () => {
    const on = { hubCache: join(disk!, "hub"), cacheFolder: join(disk!, "own") };
    hub.fault = (request, _, host) => {
      if (host === "store" && request.url!.includes(sha256Of(MODEL[SHARD]!))) {
        writeFileSync(join(disk!, "other"), Buffer.alloc(450_000));
      }
      return false;
    };
    const error: unknown = await find("org/model", on).catch((reason: unknown) => reason);
    expect((error as Error).name).toBe("UnavailableError");
    expect((error as Error).message).toMatch(/^[^\n]*cannot be written: the disk is full; free some space[^\n]*$/);
    rmSync(join(disk!, "other"));
    hub.fault = undefined;
    expect(readFileSync(join(await find("org/model", on), SHARD)).equals(MODEL[SHARD]!)).toBe(true);
  });

  test("a cache that may only be read", async () => {
    chmodSync(root, 0o755);
    mkdirSync(hubCache);
    chmodSync(hubCache, 0o555);
    const message = await withoutPrivileges(() =>
      find("org/model").catch((error: unknown) => (error as Error).message),
    );
    expect(message).toMatch(/^[^\n]*models--org--model[^\n]*: cannot be (?:written|made): [^\n]*permission[^\n]*$/);
    expect(readdirSync(hubCache)).toEqual([]);
  });

  test("a cache that cannot be written", async () => {
    writeFileSync(hubCache, "a file");
    await expect(find("org/model")).rejects.toThrow(/is a file or lies below one, expected a folder; choose another$/);
  });
});

test("offline, what is in the cache is used, and an incomplete snapshot as it is", async () => {
  const folder = await find("org/model");
  expect(await find("org/model", { offline: true, endpoint: CLOSED })).toBe(folder);
  await find("hf://org/model@v1/config.json");
  expect(await find("hf://org/model@v1/config.json", { offline: true })).toContain("config.json");
});

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** One request as the Hub or its store saw it. */
export interface SeenRequest {
  readonly host: "hub" | "store";
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface HubServer {
  readonly endpoint: string;
  readonly seen: SeenRequest[];
  /** Bytes of files that were sent by either host. */
  sent(): number;
  /** Answers a request in place of the server, and returns true where it has. */
  fault: ((request: IncomingMessage, response: ServerResponse, host: "hub" | "store") => boolean) | undefined;
  close(): Promise<void>;
}

export type HubFiles = Readonly<Record<string, Buffer>>;

/** Larger files lie in the store, as Git LFS files do on the Hub. */
const LARGE = 2000;

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** The files of a folder by name. */
export const filesOf = (folder: string): HubFiles =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));

export const sha256Of = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const gitHash = (bytes: Buffer): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/**
 * Two servers that speak the Hub's endpoints: one lists repositories and redirects large files to the other, which is another origin
 * and answers ranges, as the Hub's store does. Repositories by `models/org/name` or `datasets/org/name`.
 */
export async function startHub(repositories: Readonly<Record<string, HubFiles>>): Promise<HubServer> {
  const seen: SeenRequest[] = [];
  let sent = 0;
  const hub: { fault: HubServer["fault"] } = { fault: undefined };
  const count = (bytes: number): void => void (sent += bytes);
  const note = (request: IncomingMessage, host: SeenRequest["host"]): void => {
    seen.push({ host, path: request.url!, range: request.headers.range, authorization: request.headers.authorization });
  };
  const byHash = new Map(
    Object.values(repositories).flatMap((files) => Object.values(files).map((bytes) => [sha256Of(bytes), bytes])),
  );
  const store = createServer((request, response) => {
    note(request, "store");
    if (hub.fault?.(request, response, "store") === true) return;
    const bytes = byHash.get(request.url!.slice(1));
    if (bytes === undefined) return fail(response, 404);
    sendBytes(request, response, bytes, count);
  });
  const storeUrl = await listen(store);
  const front = createServer((request, response) => {
    note(request, "hub");
    if (hub.fault?.(request, response, "hub") === true) return;
    answer(request, response, { repositories, storeUrl, count });
  });
  const endpoint = await listen(front);
  return {
    endpoint,
    seen,
    sent: () => sent,
    get fault() {
      return hub.fault;
    },
    set fault(fault) {
      hub.fault = fault;
    },
    close: async () => {
      for (const server of [front, store]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface HubState {
  readonly repositories: Readonly<Record<string, HubFiles>>;
  readonly storeUrl: string;
  readonly count: (bytes: number) => void;
}

function answer(request: IncomingMessage, response: ServerResponse, { repositories, storeUrl, count }: HubState): void {
  const { pathname } = new URL(request.url!, "http://hub");
  const [, kind, name, verb, revision] =
    /^\/api\/(models|datasets)\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)$/.exec(pathname) ?? [];
  if (kind !== undefined) {
    const files = repositories[`${kind}/${name}`];
    if (files === undefined)
      return fail(response, request.headers.authorization === undefined ? 401 : 404, "RepoNotFound");
    if (!["main", "HEAD", "v1", COMMIT].includes(decodeURIComponent(revision!)))
      return fail(response, 404, "RevisionNotFound");
    return json(
      response,
      verb === "revision" ? { _id: "1", id: name, sha: COMMIT } : Object.entries(files).map(entryOf),
    );
  }
  const [, dataset, repository, commit, path] =
    /^\/(datasets\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
  const bytes = repositories[`${dataset ?? "models/"}${repository}`]?.[decodeURIComponent(path ?? "")];
  if (bytes === undefined) return fail(response, 404, "EntryNotFound");
  response.setHeader("X-Repo-Commit", commit!);
  if (bytes.length <= LARGE) {
    response.setHeader("ETag", `"${gitHash(bytes)}"`);
    return sendBytes(request, response, bytes, count);
  }
  const hash = sha256Of(bytes);
  response.writeHead(302, {
    Location: `${storeUrl}/${hash}`,
    "X-Linked-ETag": `"${hash}"`,
    "X-Linked-Size": bytes.length,
  });
  response.end();
}

const entryOf = ([path, bytes]: readonly [string, Buffer]): object => ({
  ...{ type: "file", path, size: bytes.length, oid: gitHash(bytes) },
  ...(bytes.length > LARGE && { lfs: { oid: sha256Of(bytes), size: bytes.length, pointerSize: 130 } }),
});

/** Sends a file, or the range that was asked for. */
function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  count: (bytes: number) => void,
): void {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const start = Number(from ?? 0);
  const end = to === undefined || to === "" ? bytes.length : Math.min(bytes.length, Number(to) + 1);
  if (from !== undefined) {
    response.statusCode = 206;
    response.setHeader("Content-Range", `bytes ${start}-${end - 1}/${bytes.length}`);
  }
  response.setHeader("Content-Length", end - start);
  count(end - start);
  response.end(bytes.subarray(start, end));
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(value));
}

/** An error as the Hub words it. */
export function fail(
  response: ServerResponse,
  status: number,
  code = "",
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json", ...(code && { "X-Error-Code": code }), ...headers });
  response.end(JSON.stringify({ error: "no" }));
}

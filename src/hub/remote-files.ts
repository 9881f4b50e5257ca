import { datasetInfo, listFiles, modelInfo } from "@huggingface/hub";
import { InputError } from "../errors.js";
import { addressOf, isInside, type HubRepository } from "./repository.js";
import { askHub, hostOf, type HubAccess } from "./requests.js";

/** A file of a repository as one commit has it. */
export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** What the bytes hash to: of large files a SHA-256, of others git's own SHA-1. It names the file in the cache. */
  readonly hash: string;
  readonly isLarge: boolean;
}

/** The files of a repository at one commit. */
export interface Listing {
  readonly repository: HubRepository;
  /** 40 hex digits. */
  readonly commit: string;
  readonly files: readonly RemoteFile[];
}

const COMMIT = /^[0-9a-f]{40}$/;
const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Most files listed; the largest repositories of models have some hundreds. */
const MOST_FILES = 20_000;

/**
 * Asks which commit a revision is and what it holds. All that is fetched afterwards is of that commit, whatever is pushed meanwhile.
 *
 * @throws InputError for a repository or revision that is not there or not to be seen, and for an answer that cannot be right
 */
export async function listRepository(repository: HubRepository, access: HubAccess): Promise<Listing> {
  const { type, name, revision = "main" } = repository;
  const asked = { hubUrl: access.endpoint, fetch: hubFetch({ ...repository, path: undefined }, access) };
  const about = { ...asked, name, revision, additionalFields: ["sha" as const] };
  const { sha: commit } = await readable(repository, access, () =>
    type === "model" ? modelInfo(about) : datasetInfo(about),
  );
  if (typeof commit !== "string" || !COMMIT.test(commit))
    throw odd(repository, access, "names no commit of its revision");
  const files: RemoteFile[] = [];
  await readable(repository, access, async () => {
    for await (const entry of listFiles({ ...asked, repo: { type, name }, revision: commit, recursive: true })) {
      if (entry.type !== "file") continue;
      files.push(checkedFile(entry, repository, access));
      if (files.length > MOST_FILES) throw odd(repository, access, `lists more than ${MOST_FILES} files`);
    }
  });
  return { repository, commit, files };
}

/** `fetch` for the Hub's library: with the token, further tries and errors of this tool. */
function hubFetch(repository: HubRepository, access: HubAccess): typeof fetch {
  return async (input, init = {}) => {
    const url = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
    const { method, headers, body } = init;
    const asked = {
      ...(method !== undefined && { method }),
      ...(headers !== undefined && { headers }),
      ...(body !== undefined && { body }),
    };
    return (await askHub(url, asked, repository, access)).response;
  };
}

/** What the library throws of its own where an answer is no JSON, or JSON of another shape. */
const NOT_UNDERSTOOD = new Set(["SyntaxError", "TypeError"]);

/** Errors of the library itself are about answers that are none of the Hub's. */
async function readable<T>(repository: HubRepository, access: HubAccess, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!NOT_UNDERSTOOD.has((error as Error).name)) throw error;
    throw odd(repository, access, "answers otherwise than the Hub does", error);
  }
}

function odd(repository: HubRepository, { endpoint }: HubAccess, what: string, cause?: unknown): InputError {
  return new InputError(`${addressOf(repository)}: ${hostOf(endpoint)} ${what}; is HF_ENDPOINT a Hugging Face Hub?`, {
    cause,
  });
}

interface Entry {
  readonly path: string;
  readonly size: number;
  readonly oid?: string;
  readonly lfs?: { readonly oid: string; readonly size: number };
}

function checkedFile(
  { path, size: gitSize, oid, lfs }: Entry,
  repository: HubRepository,
  access: HubAccess,
): RemoteFile {
  const [size, hash] = lfs === undefined ? [gitSize, oid] : [lfs.size, lfs.oid];
  const isSane = typeof path === "string" && isInside(path) && Number.isSafeInteger(size) && size >= 0;
  if (!isSane || hash === undefined || !HASH.test(hash))
    throw odd(repository, access, "lists a file that no repository holds");
  return { path, size, hash, isLarge: lfs !== undefined };
}

/** Where the bytes of a file are asked for. */
export function fileUrl(
  { repository: { type, name }, commit }: Listing,
  path: string,
  { endpoint }: HubAccess,
): string {
  const base = `${endpoint}/${type === "dataset" ? "datasets/" : ""}${name}/resolve/${commit}`;
  return `${base}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

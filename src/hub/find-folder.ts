import { join, resolve } from "node:path";
import { hasAllWeights } from "../checkpoint/weight-files.js";
import { InputError } from "../errors.js";
import { recoverOutput } from "../files/leftovers.js";
import { readTextFile } from "../files/json-file.js";
import { exists } from "../files/look.js";
import { fetchPart, partFolder, wholePart, type Part } from "./fetch-part.js";
import { cachedRepository, fetchRepository, forbidden, type HubOptions } from "./fetch-repository.js";
import { addressOf, HUB_SCHEME, isRepositoryName, parseHubAddress, type HubRepository } from "./repository.js";
import { hostOf } from "./requests.js";

export interface FindFolderOptions extends HubOptions {
  /** What of a model is wanted; all that is run when left out. */
  readonly part?: Part | undefined;
  /** Whether nothing may be fetched. */
  readonly offline?: boolean | undefined;
  /** Told in one line when something is going to be fetched. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/**
 * Turns `hf://org/name[@revision][/file]` or `org/name` into a path: that of a folder of this name, else of the local Hugging Face cache
 * where that holds all that is wanted, else of what is fetched from the Hub. Any other argument is a path, and returned.
 *
 * @throws InputError for what the Hub does not have or show, UnavailableError when it cannot be reached or must not be asked
 * @throws InterruptedError once the signal fires; what was fetched is kept
 */
export async function findFolder(argument: string, options: FindFolderOptions): Promise<string> {
  const isAddress = argument.startsWith(HUB_SCHEME);
  if (!isAddress) {
    await recoverOutput(resolve(argument));
    if ((await exists(argument)) || !isRepositoryName(argument)) return argument;
  }
  const repository = parseHubAddress(isAddress ? argument : `${HUB_SCHEME}${argument}`);
  const local = await findLocal(repository, options);
  if (local !== undefined) return local;
  if (options.offline === true) throw forbidden(repository, options.hubCache);
  options.onNote?.(
    `${addressOf(repository)}: is not here; fetching it from ${hostOf(options.endpoint)} into ${options.hubCache}`,
  );
  return options.part === undefined
    ? fetchRepository(repository, options)
    : fetchPart(repository, options.part, options);
}

/** What was fetched before, without asking the Hub whether the branch has moved since, as ever for `org/name`. */
async function findLocal(repository: HubRepository, options: FindFolderOptions): Promise<string | undefined> {
  const commit = await knownCommit(repository, options.hubCache);
  if (commit === undefined) return undefined;
  const { snapshot } = cachedRepository(repository, commit, options.hubCache);
  const { path, type } = repository;
  if (path !== undefined) {
    const file = join(snapshot, ...path.split("/"));
    return (await exists(file)) ? file : undefined;
  }
  if (type === "dataset") return undefined;
  const isThere = await exists(snapshot);
  if (isThere && (await hasAllWeights(snapshot))) return snapshot;
  const part = options.part && (await wholePart(partFolder(repository, commit, options.cacheFolder), options.part));
  // Offline, what there is may be enough: a tokenizer is.
  return part ?? (isThere && options.offline === true ? snapshot : undefined);
}

/** The commit of a branch or tag as it was fetched last; a commit itself is one. */
async function knownCommit(repository: HubRepository, hubCache: string): Promise<string | undefined> {
  const { revision = "main" } = repository;
  const { folder } = cachedRepository(repository, revision, hubCache);
  if (/^[0-9a-f]{40}$/.test(revision)) return revision;
  const reference = join(folder, "refs", ...revision.split("/"));
  if (!(await exists(reference))) return undefined;
  const commit = (await readTextFile(reference)).trim();
  if (!/^[\w.-]+$/.test(commit)) {
    throw new InputError(`${reference}: holds no commit; remove it, then fetch ${addressOf(repository)} again`);
  }
  return commit;
}

import { InputError } from "../errors.js";

/** What `hf://org/name[@revision][/file]` and `org/name` name. */
export interface HubRepository {
  readonly type: "model" | "dataset";
  /** `org/name`. */
  readonly name: string;
  /** Branch, tag or commit; the main branch when left out. */
  readonly revision?: string | undefined;
  /** Path of a file or folder in it. */
  readonly path?: string | undefined;
}

export const HUB_SCHEME = "hf://";

/** `org/name`, as the Hub spells a model; a path with more or fewer parts is a path. */
export const isRepositoryName = (text: string): boolean => /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(text);

/** Names as the Hub allows them; `@` ends the name, so a revision may hold a slash only as %2F. */
const ADDRESS =
  /^hf:\/\/(?:(?<type>models|datasets)\/)?(?<name>[\w-][\w.-]*\/[\w-][\w.-]*)(?:@(?<revision>[^/]+))?(?:\/(?<path>.+))?$/;

/**
 * Takes an address of the Hub apart.
 *
 * @throws InputError for one that is none
 */
export function parseHubAddress(address: string): HubRepository {
  const found = ADDRESS.exec(address)?.groups as Readonly<Record<string, string | undefined>> | undefined;
  if (found === undefined || (found["path"] !== undefined && !isInside(found["path"]))) {
    throw new InputError(
      `${address}: expected hf://org/name, with @revision and /file behind it where they are wanted`,
    );
  }
  const { type, name, revision, path } = found;
  return {
    type: type === "datasets" ? "dataset" : "model",
    name: name!,
    ...(revision !== undefined && { revision: decodeRevision(revision) }),
    ...(path !== undefined && { path: path.replace(/\/$/, "") }),
  };
}

function decodeRevision(text: string): string {
  const revision = text.replaceAll(/%2f/gi, "/");
  if (isInside(revision)) return revision;
  throw new InputError(`${text}: is no revision; expected a branch, a tag or a commit`);
}

/** Whether a path of a repository stays inside it, on every system. */
export const isInside = (path: string): boolean =>
  !/[\\:\0]/.test(path) &&
  path
    .split("/")
    .every((part, at, all) => (part !== "" || (at > 0 && at === all.length - 1)) && part !== "." && part !== "..");

/** The address as people write it. */
export const addressOf = ({ type, name, revision, path }: HubRepository): string =>
  `${type === "dataset" ? "hf://datasets/" : ""}${name}${revision === undefined ? "" : `@${revision}`}${path === undefined ? "" : `/${path}`}`;

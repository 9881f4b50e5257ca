import { join } from "node:path";
import { betweenSteps } from "../deadline.js";
import { InputError } from "../errors.js";
import { sha256 } from "./hash.js";
import { jsonText, parseJson, readTextFile } from "./json-file.js";
import { exists } from "./look.js";
import { copyTo, requireAllInFolder } from "./publish.js";
import { writeFile } from "./write-file.js";

/** The settings files of a model by name, such as config.json: those of a folder, or what stands for them elsewhere. */
export interface ModelFiles {
  /** The folder or the file, as errors name it. */
  readonly path: string;
  has(name: string): Promise<boolean>;
  /** Throws InputError when there is no such file. */
  readText(name: string): Promise<string>;
  /** As `readText`, parsed, with the SHA-256 of what it was read from. */
  readJson(name: string): Promise<HashedJson>;
  /** Throws InputError where one of these files, which are going to be written on, is a link that leads out of the folder. */
  requireOwn(names: readonly string[]): Promise<void>;
  /**
   * Writes the file to the path `to`, byte by byte where it is one.
   *
   * @throws what `requireOwn` throws
   */
  copy(name: string, to: string): Promise<void>;
}

export interface HashedJson {
  readonly json: unknown;
  readonly sha256: string;
}

/** How errors name a file. */
export const fileOf = ({ path }: ModelFiles, name: string): string => join(path, name);

/** The settings files of a folder; an argument that holds files already is returned. */
export function modelFiles(folder: string | ModelFiles): ModelFiles {
  if (typeof folder !== "string") return folder;
  return {
    path: folder,
    has: (name) => exists(join(folder, name)),
    readText: (name) => readTextFile(join(folder, name)),
    readJson: async (name) => {
      const path = join(folder, name);
      const text = await readTextFile(path);
      const hash = sha256(text);
      await betweenSteps();
      return { json: parseJson(text, path), sha256: hash };
    },
    requireOwn: (names) => requireAllInFolder(folder, names),
    copy: (name, to) => copyTo(join(folder, name), to),
  };
}

/** The settings files of a folder, and for those that it lacks the ones of `base`. */
export function filesOver(folder: string, base: ModelFiles): ModelFiles {
  const own = modelFiles(folder);
  const holder = async (name: string): Promise<ModelFiles> => ((await own.has(name)) ? own : base);
  return {
    path: folder,
    has: async (name) => (await holder(name)).has(name),
    readText: async (name) => (await holder(name)).readText(name),
    readJson: async (name) => (await holder(name)).readJson(name),
    requireOwn: async (names) => {
      for (const name of names) await (await holder(name)).requireOwn([name]);
    },
    copy: async (name, to) => (await holder(name)).copy(name, to),
  };
}

/** A file that is made when it is asked for. */
export interface MadeFile {
  /** The parsed file, or a promise of it. */
  readonly json: () => unknown;
  /** The hash of what it is made from. */
  readonly sha256: () => string;
}

/** Files that are made when they are asked for, each once. */
export function madeFiles(path: string, files: ReadonlyMap<string, MadeFile>): ModelFiles {
  const made = new Map<string, Promise<HashedJson>>();
  const make = async (name: string): Promise<HashedJson> => {
    const file = files.get(name);
    if (file === undefined) throw new InputError(`${join(path, name)}: there is no such file`);
    return { json: await file.json(), sha256: file.sha256() };
  };
  const read = (name: string): Promise<HashedJson> => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
  const textOf = async (name: string): Promise<string> => jsonText((await read(name)).json);
  return {
    path,
    has: (name) => Promise.resolve(files.has(name)),
    readText: textOf,
    readJson: read,
    requireOwn: () => Promise.resolve(),
    copy: async (name, to) => writeFile(to, await textOf(name)),
  };
}

import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../errors.js";
import { readTextFile } from "../files/json-file.js";
import { exists } from "../files/look.js";
import { recoverOutput } from "../files/leftovers.js";
import { describeUrl } from "../files/url.js";

/** `org/name`, as the Hub spells a model; a path with more or fewer parts is a path. */
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;

/** The branch that a download without a revision fetches. */
const DEFAULT_REVISION = "main";

/**
 * The folder of the local Hugging Face cache that an environment names.
 * Source: huggingface_hub, constants.py: HF_HUB_CACHE, else HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub.
 */
export function hubCacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const { HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = environment;
  if (HF_HUB_CACHE) return HF_HUB_CACHE;
  return join(HF_HOME || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface"), "hub");
}

/**
 * Turns an argument into a path: one that exists is taken as it is, `org/name` is looked for in the Hugging Face cache, where
 * it is the snapshot of its main branch.
 *
 * @throws InputError that says where was looked
 */
export async function resolveFolder(argument: string, { hubCache }: { readonly hubCache: string }): Promise<string> {
  await recoverOutput(resolve(argument));
  if (await exists(argument)) return argument;
  if (!REPOSITORY.test(argument)) {
    throw new InputError(`${argument}: ${describeUrl(argument) ?? "no such file or folder"}`);
  }
  const repository = join(hubCache, `models--${argument.replace("/", "--")}`);
  const reference = join(repository, "refs", DEFAULT_REVISION);
  if (!(await exists(reference))) {
    throw new InputError(
      `${argument}: is no path, and ${hubCache} holds no download of it; fetch it with: hf download ${argument}`,
    );
  }
  const snapshot = join(repository, "snapshots", (await readTextFile(reference)).trim());
  if (await exists(snapshot)) return snapshot;
  throw new InputError(
    `${argument}: ${snapshot} is missing, though ${reference} names it; fetch it with: hf download ${argument}`,
  );
}

/** Of a GGUF file: behind its stem, with the number of a part. */
const GGUF_ENDING = /(-\d{5}-of-\d{5})?\.gguf$/;

/**
 * What to call a folder: `org/name` for a snapshot in a Hugging Face cache, whose own name is a hash, else its name. A GGUF file goes
 * by its stem.
 */
export function folderName(folder: string): string {
  const path = resolve(folder);
  const isSnapshot = basename(dirname(path)) === "snapshots";
  const repository = isSnapshot ? /^models--(.+?)--(.+)$/.exec(basename(dirname(dirname(path)))) : null;
  return repository === null ? basename(path).replace(GGUF_ENDING, "") : `${repository[1]}/${repository[2]}`;
}

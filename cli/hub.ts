import { homedir } from "node:os";
import { join } from "node:path";
import { hubCacheFolder } from "../src/checkpoint/hub-cache.js";
import { InputError } from "../src/errors.js";
import { readTextFile } from "../src/files/json-file.js";
import { exists } from "../src/files/look.js";
import type { FindFolderOptions } from "../src/hub/find-folder.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** What huggingface_hub takes for yes. Source: huggingface_hub, constants.py, ENV_VARS_TRUE_VALUES. */
const YES = new Set(["1", "ON", "YES", "TRUE"]);

const PUBLIC_HUB = "https://huggingface.co";

/**
 * The Hub that an environment names: HF_ENDPOINT, HF_HUB_CACHE or HF_HOME, HF_TOKEN or the file that `hf auth login` writes, HF_HUB_OFFLINE.
 *
 * @throws InputError for an endpoint that is no URL, and for a token that no header can hold; it is not repeated
 */
export async function hubOfEnvironment(
  environment: Environment,
): Promise<Pick<FindFolderOptions, "endpoint" | "token" | "hubCache" | "offline">> {
  const endpoint = (environment["HF_ENDPOINT"] || PUBLIC_HUB).replace(/\/+$/, "");
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new InputError("HF_ENDPOINT: is no URL, expected one such as https://huggingface.co");
  }
  return {
    endpoint,
    token: await readToken(environment),
    hubCache: hubCacheFolder(environment),
    offline: YES.has((environment["HF_HUB_OFFLINE"] ?? "").toUpperCase()),
  };
}

async function readToken(environment: Environment): Promise<string | undefined> {
  const { HF_TOKEN, HF_TOKEN_PATH, HF_HOME, XDG_CACHE_HOME } = environment;
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface");
  const path = HF_TOKEN_PATH || join(home, "token");
  const [where, text] = HF_TOKEN
    ? ["HF_TOKEN", HF_TOKEN]
    : [path, (await exists(path)) ? await readTextFile(path) : ""];
  const token = text.trim();
  if (token === "") return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new InputError(`${where}: holds characters that no token has; copy the token again`);
}

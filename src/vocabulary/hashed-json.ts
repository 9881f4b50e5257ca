import { join } from "node:path";
import { sha256 } from "../files/hash.js";
import { parseJson, readTextFile } from "../files/json-file.js";
import type { HashedFile } from "./token.js";

/** Reads a JSON file of `folder` and hashes the text that was parsed. */
export async function readHashedJson(folder: string, name: string): Promise<{ json: unknown; file: HashedFile }> {
  const path = join(folder, name);
  const text = await readTextFile(path);
  return { json: parseJson(text, path), file: { name, sha256: sha256(text) } };
}

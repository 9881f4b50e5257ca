import { createHash } from "node:crypto";
import { join } from "node:path";
import { parseJson, readTextFile } from "../files/json-file.js";
import type { HashedFile } from "./token.js";

/** Reads a JSON file of `folder` and hashes the text that was parsed. */
export async function readHashedJson(folder: string, name: string): Promise<{ json: unknown; file: HashedFile }> {
  const path = join(folder, name);
  const text = await readTextFile(path);
  const sha256 = createHash("sha256").update(text, "utf8").digest("hex");
  return { json: parseJson(text, path), file: { name, sha256 } };
}

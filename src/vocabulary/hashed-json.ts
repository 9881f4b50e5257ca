import type { ModelFiles } from "../files/model-files.js";
import type { HashedFile } from "./token.js";

/** Reads a JSON file of a model, and the hash of what was parsed. */
export async function readHashedJson(files: ModelFiles, name: string): Promise<{ json: unknown; file: HashedFile }> {
  const { json, sha256 } = await files.readJson(name);
  return { json, file: { name, sha256 } };
}

import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "../errors.js";

/** Git LFS takes no larger file for one of its pointers. Source: git-lfs, docs/spec.md. */
const MAX_POINTER_BYTES = 1024;

const POINTER = /^version https:\/\/(?:git-lfs|hawser)\.github\.com\/spec\/v1\n/;
const SIZE = /\nsize (\d+)\n/;

/**
 * Refuses the pointer that Git leaves in the place of a large file in a clone without Git LFS.
 *
 * @throws InputError saying what it is and how the file is fetched
 */
export async function refuseLfsPointer(handle: FileHandle, path: string, size: number): Promise<void> {
  if (size > MAX_POINTER_BYTES) return;
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(size), 0, size, 0);
  const text = buffer.toString("latin1", 0, bytesRead);
  if (!POINTER.test(text)) return;
  const bytes = SIZE.exec(text)?.[1];
  throw new InputError(
    `${path}: is a Git LFS pointer, not the file itself${bytes === undefined ? "" : ` of ${bytes} bytes`}; fetch it with: git -C ${JSON.stringify(dirname(path))} lfs pull`,
  );
}

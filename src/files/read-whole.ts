import { InputError } from "../errors.js";
import { withFile } from "./positioned-file.js";

export interface WholeFileOptions {
  /** Largest file read, in bytes. */
  readonly most: number;
  /** What the file is read as: "text". */
  readonly as: string;
}

/**
 * All bytes of a regular file.
 *
 * @throws InputError when it is absent, unreadable, no regular file or larger than `most`
 */
export async function readWholeFile(path: string, { most, as }: WholeFileOptions): Promise<Buffer> {
  return withFile(
    path,
    async (file) => {
      if (file.size <= most) return file.read(0, file.size);
      throw new InputError(
        `${path}: is ${file.size} bytes, at most ${most} are read as ${as}; is this the right file?`,
      );
    },
    "cannot be read",
  );
}

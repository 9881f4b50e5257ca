import { InputError, UnavailableError } from "../errors.js";

const MACHINE_CODES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space or choose another folder",
  EDQUOT: "the disk quota is used up; free some space or choose another folder",
  EACCES: "permission denied; check the owner and mode of the file and its folders",
  EPERM: "not permitted; check the owner and mode of the file and its folders",
  EROFS: "the file system is read-only; choose another folder",
  EMFILE: "too many open files; raise the limit with ulimit -n",
};

const INPUT_CODES: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "is a folder, a file was expected",
  ENAMETOOLONG: "the path is too long",
  ELOOP: "too many symbolic links",
};

/** Turns an error of node:fs into one line that names the path and the way out; other errors pass unchanged. */
export function describeSystemError(error: unknown, path: string, action: string): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error as Error;
  const machine = MACHINE_CODES[code];
  if (machine !== undefined) return new UnavailableError(`${path}: ${action}: ${machine}`, { cause: error });
  const input = INPUT_CODES[code];
  if (input !== undefined) return new InputError(`${path}: ${action}: ${input}`, { cause: error });
  return error as Error;
}

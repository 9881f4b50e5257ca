import { getSystemErrorMap } from "node:util";
import { InputError, LangbridgeError, UnavailableError } from "../errors.js";
import { describeUrl } from "./url.js";

const FREE_SPACE = "free some space or choose another folder";
const CHECK_RIGHTS = "check the owner and mode of the file and its folders";
const TRY_AGAIN = "try again, or choose another place";

/** What the machine does not give: the same call may work later, or elsewhere. Each is what is wrong; the way out. */
const MACHINE_CODES: Readonly<Record<string, string>> = {
  ENOSPC: `the disk is full; ${FREE_SPACE}`,
  EDQUOT: `the disk quota is used up; ${FREE_SPACE}`,
  EACCES: `permission denied; ${CHECK_RIGHTS}`,
  EPERM: `not permitted; ${CHECK_RIGHTS}`,
  EROFS: "the file system is read-only; choose another folder",
  EMFILE: "too many open files; raise the limit with ulimit -n",
  ENFILE: "the system has too many open files; close some programs",
  ENOMEM: "the system has no memory left; close some programs",
  EAGAIN: "the system has no threads or processes left; close some programs, or raise the limit with ulimit -u",
  EBUSY: "it is in use: a mount point, or a file that another program holds; choose another place",
  ETXTBSY: "it is a program that runs; choose another place",
  ENOTEMPTY: "another program has put something there meanwhile; look at it, then run the same again",
  EEXIST: "another program has put something there meanwhile; look at it, then run the same again",
  ESTALE: `the network file system has lost it; ${TRY_AGAIN}`,
  EIO: `the disk or the way to it fails; check it, ${TRY_AGAIN}`,
  EFBIG: "the file system takes no file of that size, or ulimit -f does not; choose another place",
  EXDEV: "it would have to move to another file system; choose another place",
  EINVAL: "the file system does not take such a name or operation; choose another place",
  EILSEQ: "the file system does not take such a name; choose another",
  ENOTSUP: "the file system cannot do that; choose another place",
  ENOSYS: "this system cannot do that; choose another place",
};

/** What the caller named wrongly. */
const INPUT_CODES: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "is a folder, a file was expected",
  ENAMETOOLONG: "the name or the path is too long; choose a shorter one",
  ELOOP: "too many symbolic links",
  ENXIO: "no program is at the other end, or no device is behind it; name a regular file",
  ENODEV: "no device is behind it; name a regular file",
  ERR_INVALID_ARG_VALUE: "no path can hold the character U+0000",
  ERR_FS_FILE_TOO_LARGE: "is larger than 2 GiB, too much to be read whole; is this the right file?",
};

/**
 * Turns any error of the system into one line with the path, what is wrong and the way out; other errors pass unchanged.
 *
 * @param action what was tried, as the end of a sentence: "cannot be read"
 */
export function describeSystemError(error: unknown, path: string, action: string): Error {
  const code = systemCode(error);
  if (code === undefined) return error as Error;
  const input = (code === "ENOENT" ? describeUrl(path) : undefined) ?? INPUT_CODES[code];
  if (input !== undefined) return new InputError(`${path}: ${action}: ${input}`, { cause: error });
  const machine = MACHINE_CODES[code] ?? `${wordsOf(code)} (${code}); ${TRY_AGAIN}`;
  return new UnavailableError(`${path}: ${action}: ${machine}`, { cause: error });
}

/** The code of an error of the system, or of one that Node makes of a path or file before it asks the system. */
function systemCode(error: unknown): string | undefined {
  if (error instanceof LangbridgeError) return undefined;
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code !== "string") return undefined;
  return code in INPUT_CODES || code in MACHINE_CODES || wordsOf(code) !== undefined ? code : undefined;
}

/** What the system itself calls a code. */
function wordsOf(code: string): string | undefined {
  for (const [name, words] of getSystemErrorMap().values()) if (name === code) return words;
  return undefined;
}

/** Whether an error of the system is one of these, also one that was turned into a line already. */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes(codeOf(error) ?? codeOf((error as { readonly cause?: unknown } | null)?.cause) ?? "");

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null | undefined)?.code;

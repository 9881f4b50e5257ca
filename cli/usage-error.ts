import { InputError } from "../src/errors.js";

/** The command line is wrong, whatever lies in the files: a flag is missing, unknown, of the wrong form or not for this use. The command ends with 2. */
export class UsageError extends InputError {
  override name = "UsageError";
}

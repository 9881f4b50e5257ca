import { join } from "node:path";
import type { Adapter } from "../adapter/load.js";
import { findRowTokens } from "../adapter/row-tokens.js";
import { exists } from "../files/look.js";

/**
 * The file beside an adapter that says what each of its rows is: `preferred` where there is one of that name, else the one
 * that every command takes. Undefined when there is none.
 *
 * @throws InputError for a list of another length than the adapter has rows, and where several files may be it
 */
export async function findRowList({ folder, matrix }: Adapter, preferred?: string): Promise<string | undefined> {
  const named = preferred === undefined ? undefined : join(folder, preferred);
  const file = named !== undefined && (await exists(named)) ? named : undefined;
  const found = matrix && (await findRowTokens({ rows: matrix.rows, folder, file }));
  return found && join(folder, found.from);
}

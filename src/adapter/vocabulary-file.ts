import { z } from "zod";
import { checkJson } from "../files/check-json.js";
import { readJsonFile } from "../files/json-file.js";
import { InputError } from "../errors.js";
import { byteLevelOfBytes, bytesOfByteLevel } from "../vocabulary/byte-level.js";
import type { RowMatch } from "../vocabulary/row-match.js";
import type { SourceToken } from "../vocabulary/source-token.js";
import { MAX_TOKEN_LENGTH } from "../vocabulary/tokenizer-json.js";

/** Name of the file that says which token each coefficient belongs to. */
export const VOCABULARY_FILE = "vocabulary.json";

/** Longest `token` in UTF-16 units: a token of any tokenizer that is read, up to three bytes a unit. */
const MAX_SPELLING_LENGTH = 3 * MAX_TOKEN_LENGTH;

const entrySchema = z.looseObject({
  token: z.string().max(MAX_SPELLING_LENGTH),
  /** Absent for text and single bytes, whose `token` is spelled in GPT-2's byte-level alphabet. */
  kind: z.enum(["special", "reserved", "unused"]).optional(),
  roles: z.array(z.string()).optional(),
  ids: z.array(z.int().nonnegative()).default([]),
  weights: z.array(z.number()).default([]),
  match: z.string(),
});

/** One row of vocabulary.json; spelled as in the file. */
export type VocabularyEntry = z.infer<typeof entrySchema>;

/** The entry of a row: its token, in terms of no tokenizer, and the target ids that it is made of. */
export function vocabularyEntry(token: SourceToken, { ids, weights, match }: RowMatch): VocabularyEntry {
  const { bytes, kind, roles } = token;
  const made = { ids: [...ids], weights: [...weights], match };
  if (bytes !== undefined) return { token: byteLevelOfBytes(bytes), ...made };
  const named = { token: token.string, kind: kind as NonNullable<VocabularyEntry["kind"]> };
  return { ...named, ...(roles.length > 0 && { roles: [...roles] }), ...made };
}

/** The JSON text of vocabulary.json: an array in row order, one row a line. */
export function formatVocabulary(entries: readonly VocabularyEntry[]): string {
  return `[\n${entries.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`;
}

/**
 * Reads a vocabulary.json.
 *
 * @throws InputError when it is of another shape or an entry contradicts itself
 */
export async function readVocabularyFile(path: string): Promise<readonly VocabularyEntry[]> {
  const entries = checkJson(z.array(entrySchema), await readJsonFile(path), path);
  const torn = entries.findIndex(({ ids, weights }) => ids.length !== weights.length);
  if (torn < 0) return entries;
  const { token, ids, weights } = entries[torn]!;
  throw new InputError(
    `${path}: row ${torn} (${JSON.stringify(token)}) has ${ids.length} ids and ${weights.length} weights; they belong in pairs`,
  );
}

/** The tokens of the rows, ready to be matched with another vocabulary; ids are those of the folder's LLM. */
export function tokensOfEntries(entries: readonly VocabularyEntry[], path: string): readonly SourceToken[] {
  return entries.map(({ token, kind, roles = [], ids, weights }, row) => {
    const id = ids.length === 1 && weights[0] === 1 ? { id: ids[0]! } : {};
    if (kind !== undefined) return { string: token, kind, roles, ...id };
    const bytes = bytesOfByteLevel(token);
    if (bytes !== undefined) return { string: token, kind: "text", bytes, roles, ...id };
    throw new InputError(
      `${path}: row ${row}: ${JSON.stringify(token)} is not spelled in the byte-level alphabet ("Ġ" for a space), and has no "kind"`,
    );
  });
}

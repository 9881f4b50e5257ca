import { basename, join } from "node:path";
import { InputError } from "../errors.js";
import { listFolder } from "../files/look.js";
import { tokensOfList, tokensOfListWith } from "../vocabulary/list-tokens.js";
import type { SourceToken } from "../vocabulary/source-token.js";
import { firstTokens, readTokenList, type TokenList } from "../vocabulary/token-list.js";
import type { LlmVocabulary } from "../model/llm/llm-folder.js";
import type { TokenizerVocabulary } from "../vocabulary/token.js";
import { readVocabularyFile, tokensOfEntries, VOCABULARY_FILE } from "./vocabulary-file.js";

/** What the rows of an adapter stand for. */
export interface RowTokens {
  /** (rows). */
  readonly tokens: readonly SourceToken[];
  /** (rows) how often each token occurs in the training captions, where the file is a ranking. */
  readonly counts?: readonly number[];
  /** (rows) the ids of the adapter's LLM that each row is made of, where a vocabulary.json says so. */
  readonly ids?: readonly (readonly number[])[];
  /** Which file named the tokens, for the report. */
  readonly from: string;
}

export interface RowTokensOptions {
  /** The number of the adapter's rows; the file must name as many tokens. */
  readonly rows: number;
  readonly folder: string;
  /** A vocabulary file of any accepted form, instead of the one in the folder. */
  readonly file?: string | undefined;
  /** Tokenizer to which the file's ids and spellings belong; without it the spellings tell. */
  readonly source?: TokenizerVocabulary | undefined;
}

/** Official vocabulary files have no fixed name, but all known names match this. */
const OFFICIAL_NAME = /vocab|share_intersect/i;
/** These belong to a tokenizer, not to an adapter. */
const TOKENIZER_FILES = new Set(["vocab.json", "tokenizer.json", "added_tokens.json"]);

/** Not every command has the flag `--vocab`. */
const WAY_OUT = "leave the list it was trained with there alone, or name it with --vocab where the command takes it";

/**
 * Reads what each row of an adapter stands for: from `file`, else from vocabulary.json or mm_vocab.json in its folder, else
 * from the one JSON file there that is named like a vocabulary. Undefined when there is none.
 *
 * @throws InputError when a list has another number of tokens than the adapter has rows
 */
export async function findRowTokens(options: RowTokensOptions): Promise<RowTokens | undefined> {
  const path = options.file ?? (await vocabularyBeside(options.folder));
  if (path === undefined) return undefined;
  if (basename(path) === VOCABULARY_FILE) {
    const entries = await readVocabularyFile(path);
    requireLength(entries.length, options.rows, path);
    return { tokens: tokensOfEntries(entries, path), ids: entries.map(({ ids }) => ids), from: basename(path) };
  }
  const list = fitList(await readTokenList(path), options.rows);
  const tokens = options.source === undefined ? tokensOfList(list) : tokensOfListWith(list, options.source);
  return { tokens, from: basename(path), ...(list.counts && { counts: list.counts }) };
}

/** The file of a folder that says what an adapter's rows stand for; undefined when there is none. */
async function vocabularyBeside(folder: string): Promise<string | undefined> {
  const names = await listFolder(folder);
  const own = [VOCABULARY_FILE, "mm_vocab.json"].find((name) => names.includes(name));
  if (own !== undefined) return join(folder, own);
  const candidates = names.filter(
    (name) => name.endsWith(".json") && OFFICIAL_NAME.test(name) && !TOKENIZER_FILES.has(name),
  );
  if (candidates.length > 1) {
    throw new InputError(
      `${folder}: holds several files that may be the vocabulary (${candidates.sort().join(", ")}); ${WAY_OUT}`,
    );
  }
  return candidates[0] === undefined ? undefined : join(folder, candidates[0]);
}

/** A ranking by count serves adapters of any size with its first rows; a list of ids belongs to one size. */
function fitList(list: TokenList, rows: number): TokenList {
  requireIdsOrRanking(list);
  if (list.counts !== undefined && list.tokens.length > rows) return firstTokens(list, rows);
  requireLength(list.tokens.length, rows, list.path);
  return list;
}

/** Values that repeat are counts when the most frequent token is first; otherwise they are ids, and one was given twice. */
function requireIdsOrRanking({ path, tokens, counts = [] }: TokenList): void {
  if (counts.every((count, row) => row === 0 || count <= counts[row - 1]!)) return;
  const rows = new Map<number, number>();
  const row = counts.findIndex((count, index) => rows.get(count) !== undefined || !rows.set(count, index));
  const what =
    row < 0
      ? "holds numbers too large for ids"
      : `${JSON.stringify(tokens[rows.get(counts[row]!)!])} and ${JSON.stringify(tokens[row])} both have ${counts[row]}`;
  throw new InputError(
    `${path}: ${what}, and the numbers do not fall from row to row; expected one id for each token, or counts with the most frequent token first`,
  );
}

function requireLength(length: number, rows: number, path: string): void {
  if (length === rows) return;
  throw new InputError(
    `${path}: has ${length} tokens, the adapter has ${rows} rows; row i of the adapter is token i; ${WAY_OUT}`,
  );
}

/** Most tokens that an ordinary projector is described by: the size of the paper's vocabularies. */
export const MAX_ORDINARY_ROWS = 19_200;

/** The tokens of a vocabulary file for the LLM that it belongs to; of a ranking, no more than an ordinary projector takes. */
export async function tokensOfFile(file: string, { tokenizer }: LlmVocabulary): Promise<RowTokens> {
  const list = await readTokenList(file);
  const first = list.tokens.length > MAX_ORDINARY_ROWS && list.counts ? firstTokens(list, MAX_ORDINARY_ROWS) : list;
  const tokens = tokensOfListWith(first, tokenizer);
  return { tokens, from: `listed in ${basename(file)}`, ...(first.counts && { counts: first.counts }) };
}

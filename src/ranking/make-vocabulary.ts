import { basename, dirname, extname, join } from "node:path";
import { InputError } from "../errors.js";
import { writeTextAtomically } from "../files/file-writer.js";
import { exists } from "../files/look.js";
import { withFile } from "../files/positioned-file.js";
import { folderName } from "../checkpoint/hub-cache.js";
import type { Progress } from "../progress.js";
import { tokensOfList } from "../vocabulary/list-tokens.js";
import { readTokenizer } from "../vocabulary/read-tokenizer.js";
import type { TokenizerVocabulary } from "../vocabulary/token.js";
import { readTokenList } from "../vocabulary/token-list.js";
import { coverageFigure } from "./coverage-figure.js";
import { countTokens } from "./count-tokens.js";
import { coverageCurve, cutRanking, rankTokens, type CoverageAtSize, type Cut, type Ranking } from "./rank-tokens.js";

export interface MakeVocabularyOptions {
  /** Texts, or files of token to count; not both. */
  readonly inputs: readonly string[];
  /** Folders of the tokenizers; the first splits the texts, and spells the counts. */
  readonly tokenizers: readonly string[];
  readonly cut: Cut;
  /** Path of the list with the ids of the first tokenizer; others are written beside it. */
  readonly output: string;
  readonly force?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/** What was made. */
export interface MadeVocabulary {
  readonly size: number;
  /** Share of all occurrences that its tokens are. */
  readonly coverage: number;
  /** Tokens that came and that all tokenizers have, and all occurrences. */
  readonly shared: number;
  readonly occurrences: number;
  readonly unshared: Ranking["unshared"];
  readonly tokenizers: readonly string[];
  /** Files that were written, in the order of the tokenizers; then the counts and the figure. */
  readonly files: readonly string[];
  readonly curve: readonly CoverageAtSize[];
}

/**
 * Makes the shared, ranked vocabulary that an adapter is trained over: counts tokens, keeps what all tokenizers have by bytes, ranks and
 * cuts. Writes the official object of token to id for each tokenizer, the counts, and coverage over size as SVG.
 *
 * @throws InputError for inputs that hold no counts or texts, and for a cut that the ranking does not reach
 */
export async function makeVocabulary(options: MakeVocabularyOptions): Promise<MadeVocabulary> {
  const { tokenizers: folders, output, cut, onProgress } = options;
  const names = namesApart(folders);
  const paths = outputPaths(output, names);
  if (options.force !== true) await refuseExisting(paths);
  const vocabularies: TokenizerVocabulary[] = [];
  for (const folder of folders) {
    onProgress?.({ stage: `reading the tokens of ${folder}`, done: 0, total: 0 });
    vocabularies.push(await readTokenizer(folder));
  }
  const ranking = rankTokens(await countInputs(options, vocabularies[0]!), vocabularies);
  const size = cutRanking(ranking, cut);
  const kept = ranking.tokens.slice(0, size);
  const coverage = kept.reduce((sum, { count }) => sum + count, 0) / ranking.occurrences;
  const curve = coverageCurve(ranking);
  const spelled = kept.map(({ ids: [id] }) => vocabularies[0]!.strings[id!]!);
  for (const [at, { strings }] of vocabularies.entries()) {
    const entries = kept.map(({ ids }) => [strings[ids[at]!]!, ids[at]!] as const);
    await writeTextAtomically(paths[at]!, officialJson(entries));
  }
  await writeTextAtomically(paths.at(-2)!, officialJson(kept.map(({ count }, row) => [spelled[row]!, count] as const)));
  await writeTextAtomically(paths.at(-1)!, coverageFigure(curve, { size, coverage }));
  const { occurrences, unshared } = ranking;
  return {
    size,
    coverage,
    shared: ranking.tokens.length,
    occurrences,
    unshared,
    tokenizers: names,
    files: paths,
    curve,
  };
}

/** Ids of the first tokenizer with their counts: those of count files, else of the tokens that it splits the texts into. */
async function countInputs(
  { inputs, tokenizers, threads, signal, onProgress }: MakeVocabularyOptions,
  first: TokenizerVocabulary,
): Promise<Iterable<readonly [number, number]>> {
  const starts = await Promise.all(inputs.map(async (path) => ({ path, ...(await startOf(path)) })));
  const counts = starts.filter(({ isObject }) => isObject);
  if (counts.length > 0 && counts.length < starts.length) {
    throw new InputError(`${counts[0]!.path}: is a file of counts beside texts; give counts alone, or texts alone`);
  }
  if (counts.length === 0)
    return (await countTokens(starts, { tokenizer: tokenizers[0]!, threads, signal, onProgress })).entries();
  const sums = new Map<number, number>();
  for (const { path } of counts) {
    const list = await readTokenList(path);
    if (list.counts === undefined)
      throw new InputError(`${path}: holds no counts; expected {"token": count, ...}, the most frequent first`);
    tokensOfList(list).forEach(({ string, bytes }, row) => {
      // The spelling first: several tokens may have the same bytes.
      const id = first.idOfString.get(string) ?? (bytes === undefined ? undefined : first.idOfBytes.get(bytes));
      if (id === undefined)
        throw new InputError(
          `${path}: row ${row}: ${JSON.stringify(string)} is no token of ${first.folder}; name the tokenizer that the tokens were counted with first`,
        );
      sums.set(id, (sums.get(id) ?? 0) + list.counts![row]!);
    });
  }
  return sums;
}

/** Whether a file is one JSON object, as counts are, by its first bytes. */
async function startOf(path: string): Promise<{ readonly bytes: number; readonly isObject: boolean }> {
  return withFile(
    path,
    async (file) => {
      const start = (await file.read(0, Math.min(64, file.size))).toString("latin1").trimStart();
      return { bytes: file.size, isObject: extname(path).toLowerCase() === ".json" && start.startsWith("{") };
    },
    "cannot be read",
  );
}

function namesApart(folders: readonly string[]): string[] {
  const names = folders.map((folder) => basename(folderName(folder)));
  return names.map((name, at) => (names.indexOf(name) === at ? name : `${name}-${at + 1}`));
}

/** `out.json` for the first tokenizer, `out.NAME.json` for others, then `out.counts.json` and `out.svg`. */
function outputPaths(output: string, [, ...others]: readonly string[]): string[] {
  const stem = join(dirname(output), basename(output, extname(output)));
  return [output, ...others.map((name) => `${stem}.${name}.json`), `${stem}.counts.json`, `${stem}.svg`];
}

async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if (await exists(path))
      throw new InputError(`${path}: is there already; --force replaces it, or choose another --output`);
  }
}

/** An object in the order of its entries, in the layout of the authors' files; JSON.stringify would move keys such as "0" to the front. */
function officialJson(entries: readonly (readonly [string, number])[]): string {
  return `{\n${entries.map(([token, value]) => `    ${JSON.stringify(token)}: ${value}`).join(",\n")}\n}`;
}

import { evenSample } from "../../tensor/even-sample.js";
import { loadAdapter } from "../../adapter/load.js";
import { vectorUnit } from "../../adapter/vector-scale.js";
import { z } from "zod";
import { InputError } from "../../errors.js";
import { checkOptions } from "../../files/check-json.js";
import { flagOption, keyOption, optionsOf, textOption, workOptions } from "../../files/option-schemas.js";
import { readTextFile } from "../../files/json-file.js";
import type { Progress } from "../../progress.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import { matchTokens } from "../../vocabulary/match.js";
import type { TokenizerKind } from "../../vocabulary/token.js";
import { parseMapping, type MappingLine, type Override } from "../../vocabulary/user-rows.js";
import { chooseAlign } from "../align/choose.js";
import type { AlignMethod, AlignSettings, AlignTask } from "../align/method.js";
import { isFeatures, openExamples, type Examples } from "../naming/seen-examples.js";
import { ALIGN_METHODS, methodsWhere, type AlignName } from "../align/methods.js";
import { fillMissing, type FillFacts } from "../missing/fill-missing.js";
import { MIXTURES, type MixtureName } from "../missing/mixtures.js";
import { hasAllWeights } from "../../model/llm/decoder-graph.js";
import { openLlmVocabulary, type LlmVocabulary } from "../../model/llm/llm-folder.js";
import { planRows, type RowPlan } from "../rows/row-plan.js";
import { differingRows } from "../../adapter/table-rows.js";
import { describeSource, type TransferSource } from "../rows/source.js";
import { transferWarnings } from "./warnings.js";

/** What becomes of a row whose token the target lacks, by name of `--missing`. */
export const MISSING_STRATEGIES = {
  subword: "the mean of the pieces that the target splits the token's bytes into",
  drop: "the row leaves the adapter",
  knn: "a mix of the shared tokens nearest to it in the source's table, with sparsemax weights",
  omp: "the few shared tokens that rebuild it in the source's table, by orthogonal matching pursuit",
} as const;

export type MissingStrategy = keyof typeof MISSING_STRATEGIES;

export interface TransferPlanOptions {
  /** Folder or file of the adapter; folder of the LLM to transfer it to. */
  readonly adapter: string;
  readonly target: string;
  /** Folder of the LLM that the target, a LoRA, changes. */
  readonly baseLlm?: string | undefined;
  /**
   * Folder of the LLM that the adapter was trained for. With it, M is proven to hold its rows, ids are known, and an unknown
   * vocabulary can be recovered.
   */
  readonly source?: string | undefined;
  readonly vocabularyFile?: string | undefined;
  readonly matrixFile?: string | undefined;
  readonly missing?: MissingStrategy | undefined;
  readonly overrides?: readonly Override[] | undefined;
  readonly mappingFile?: string | undefined;
  /** Whether the files of the official training code are wanted; they cannot hold every method's result. */
  readonly official?: boolean | undefined;
  /** How the vectors for the target come about. When left out, the method that measured best for this kind of adapter. */
  readonly align?: AlignName | undefined;
  readonly alignSettings?: AlignSettings | undefined;
  /** File of the words that --align contextual asks for; English nouns and adjectives when left out. */
  readonly wordList?: string | undefined;
  /** Pictures that --align contextual learns from, and that --align sparse chooses settings by, where they are left open. */
  readonly examples?: Examples | undefined;
  /** Whether an ordinary projector is to be fitted to what comes out, so that every method takes pictures. */
  readonly distilled?: boolean | undefined;
  readonly dtype?: FloatDtype | "keep" | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

const planOptions = optionsOf<TransferPlanOptions>()({
  adapter: textOption,
  target: textOption,
  baseLlm: textOption.optional(),
  source: textOption.optional(),
  vocabularyFile: textOption.optional(),
  matrixFile: textOption.optional(),
  missing: keyOption(MISSING_STRATEGIES).optional(),
  overrides: z.array(z.looseObject({})).optional(),
  mappingFile: textOption.optional(),
  official: flagOption,
  align: keyOption(ALIGN_METHODS).optional(),
  // Each method checks its own.
  alignSettings: z.looseObject({}).optional(),
  wordList: textOption.optional(),
  examples: z
    .union([z.looseObject({ images: textOption, vision: textOption }), z.looseObject({ features: textOption })])
    .optional(),
  distilled: flagOption,
  dtype: z.enum(["keep", "F32", "F16", "BF16"]).optional(),
  ...workOptions,
});

/** All that a transfer will do, checked as far as possible without reading all the weights. */
export interface TransferPlan extends AlignTask {
  readonly method: AlignMethod;
  /** Why this method is used: it was asked for, or it is the default and this is the evidence for it. */
  readonly methodReason: string;
  /** Undefined where the whole table is mapped, so that no row is missing. */
  readonly missing: MissingStrategy | undefined;
  /** How vectors filled the missing rows. Absent for strategies that use no vectors, and when no row was missing. */
  readonly fill?: FillFacts | undefined;
  readonly overrides: readonly Override[];
  readonly mapping: readonly MappingLine[];
  /** What the new adapter's vectors are multiplied by before the target's first layer. */
  readonly vectorScale: number;
  /** Folders and files that it is made from. */
  readonly inputs: readonly string[];
  readonly checks: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads configs, headers and tokenizers, for `knn` and `omp` the embedding rows too, and decides for every row what it will be
 * made of. Writes nothing.
 */
export async function planTransfer(options: TransferPlanOptions): Promise<TransferPlan> {
  checkOptions(planOptions, options, "the options of planTransfer");
  const { overrides = [], alignSettings = {}, dtype = "keep", signal } = options;
  const say = (stage: string): void => options.onProgress?.({ stage, done: 0, total: 0 });
  say(`reading ${options.adapter}`);
  const adapter = await loadAdapter(options.adapter, { matrixFile: options.matrixFile });
  const sourceLlm = options.source === undefined ? undefined : await openLlmVocabulary(options.source);
  const { method, reason } = chooseAlign({ ...options, adapter, sourceRuns: sourceLlm && hasAllWeights(sourceLlm) });
  // Features are checked by their header alone; pictures when they are seen.
  if (options.examples !== undefined && isFeatures(options.examples)) await openExamples(options.examples, adapter);
  const missing = method.listsTargetRows ? (options.missing ?? method.missing ?? "subword") : undefined;
  say(`reading the tokens of ${options.target}`);
  const target = await openLlmVocabulary(options.target, { base: options.baseLlm });
  requireExactBytes(target);
  const scale = scaleOf(target, method, vectorUnit(adapter, sourceLlm), adapter.path);
  const { vocabularyFile, wordList } = options;
  const describe = method.describeSource ?? describeSource;
  say(`finding out what the rows of ${adapter.name} stand for`);
  const source = await describe({ adapter, source: sourceLlm, target, vocabularyFile, wordList, signal });
  if (method.needsSourceRows) requireEmbeddings(source, method);
  const mapping = await readMapping(options.mappingFile);
  const { tokens, counts } = source.rowTokens;
  say(`matching ${tokens.length} tokens`);
  const pieces = missing === "subword" ? missing : "drop";
  const matched = matchTokens(tokens, target.tokenizer, { missing: pieces, overrides, mapping });
  const { matches, facts: fill } = isMixture(missing)
    ? await fillMissing(matched, { ...options, strategy: missing, source, sourceLlm, target })
    : { matches: matched };
  const rowPlan = planRows(
    tokens.map(({ string }) => string),
    matches,
    { counts, treatment: method },
  );
  requireRows(rowPlan, target);
  return {
    source,
    sourceLlm,
    target,
    rowPlan,
    method,
    methodReason: reason,
    settings: alignSettings,
    examples: options.examples,
    missing,
    ...(fill && { fill }),
    overrides,
    mapping,
    vectorScale: scale,
    dtype,
    inputs: inputsOf(options),
    checks: [
      ...source.checks,
      ...(scale === 1 && target.embeddingScale === 1 ? [] : [`${target.name} ${describeScale(target, scale)}`]),
      `every target id lies inside the ${target.table.vocabSize} rows of the table`,
    ],
    warnings: [
      ...source.warnings,
      ...transferWarnings({ source, target, rowPlan, fill }),
      ...(await unchangedWarning(source, target, rowPlan)),
    ],
  };
}

/**
 * What the new adapter's vectors are multiplied by. Vectors that are decoded are mixtures of the target's rows; others are as
 * long as the source's, counted in rows.
 *
 * @throws InputError for a linear map, which is fitted to rows and would be given vectors of another length
 */
function scaleOf({ embeddingScale }: LlmVocabulary, method: AlignMethod, unit: number, path: string): number {
  if (method.decodesAtRunTime) return embeddingScale;
  if (method.listsTargetRows || unit === 1) return embeddingScale * unit;
  const others = methodsWhere(({ decodesAtRunTime }) => decodesAtRunTime).join(" or ");
  throw new InputError(
    `${path}: makes vectors that are ${(1 / unit).toPrecision(4)} times as long as its LLM's rows, to which --align ${method.name} fits its map; use --align ${others}`,
  );
}

const describeScale = ({ embeddingScale }: LlmVocabulary, scale: number): string =>
  `multiplies its input embeddings by ${embeddingScale.toPrecision(5)}; the adapter records that its vectors are multiplied by ${scale.toPrecision(5)}`;

function inputsOf(options: TransferPlanOptions): string[] {
  const { adapter, target, baseLlm, source, vocabularyFile, matrixFile, mappingFile, examples } = options;
  const given = [
    adapter,
    target,
    baseLlm,
    source,
    vocabularyFile,
    matrixFile,
    mappingFile,
    ...(examples === undefined ? [] : isFeatures(examples) ? [examples.features] : [examples.images, examples.vision]),
  ];
  return given.filter((path) => path !== undefined);
}

const isMixture = (strategy: MissingStrategy | undefined): strategy is MixtureName =>
  strategy !== undefined && strategy in MIXTURES;

/** How many rows are compared to find out whether M already holds the target's rows. */
const COMPARED_ROWS = 64;

/**
 * Warns where the adapter is already one for the target, as when its folder was given by mistake: M would be replaced by
 * itself.
 */
async function unchangedWarning(
  { adapter, asked }: TransferSource,
  { table, name }: LlmVocabulary,
  { rows }: RowPlan,
): Promise<readonly string[]> {
  const { matrix } = adapter;
  if (asked !== undefined || matrix === undefined || matrix.hiddenSize !== table.hiddenSize) return [];
  const single = rows.filter(({ ids, weights }) => ids.length === 1 && weights[0] === 1);
  const sample = evenSample(single, COMPARED_ROWS);
  const pairs = { rows: sample.map(({ sourceRow }) => sourceRow), ids: sample.map(({ ids }) => ids[0]!) };
  if (sample.length === 0 || (await differingRows(matrix, table, pairs, adapter.path)).length > 0) return [];
  return [`the matrix of ${adapter.name} already holds the rows of ${name}; was another adapter or another LLM meant?`];
}

async function readMapping(path: string | undefined): Promise<readonly MappingLine[]> {
  return path === undefined ? [] : parseMapping(await readTextFile(path), path);
}

/** Tokenizers that drop spaces and often case: `inspect` can compare their tokens, a transfer cannot use them. */
const INEXACT_KINDS: ReadonlySet<TokenizerKind> = new Set(["WordPiece", "WordLevel", "BPE with word ends"]);

/** Refuses what needs the source's vectors where they are not at hand. */
function requireEmbeddings({ adapter, embeddings }: TransferSource, { name }: AlignMethod): void {
  if (embeddings !== undefined) return;
  throw new InputError(
    `${adapter.path}: --align ${name} needs the source LLM's rows, and the adapter came without its matrix; give the matrix (--vocab-matrix) or the LLM it was trained for (--source)`,
  );
}

function requireExactBytes({ path, tokenizer }: LlmVocabulary): void {
  if (!INEXACT_KINDS.has(tokenizer.kind)) return;
  throw new InputError(
    `${path}: its tokenizer is ${tokenizer.kind}, which does not keep the exact bytes of a text, so no row can be matched by them; only inspect reads it, a target needs byte-level BPE, SentencePiece or Unigram`,
  );
}

/** Refuses ids beyond the table now: otherwise they would fail only after most of the work. */
function requireRows({ rows }: RowPlan, { table, path, tokenizer }: LlmVocabulary): void {
  if (rows.length === 0) {
    throw new InputError(`${path}: has none of the adapter's tokens; nothing is left to transfer`);
  }
  const beyond = rows.flatMap(({ token, ids }) =>
    ids.filter((id) => id >= table.vocabSize).map((id) => ({ token, id })),
  );
  const [first] = beyond;
  if (first === undefined) return;
  throw new InputError(
    `${path}: token ${JSON.stringify(first.token)} has id ${first.id}, but "${table.tensor.name}" has ${table.vocabSize} rows (the tokenizer has ${tokenizer.size} ids; ${beyond.length} such ids are needed); the tokenizer and the weights are of different models`,
  );
}

import { describeAdapter, type AdapterDescription } from "./describe-adapter.js";
import { loadAdapter } from "../adapter/load.js";
import { findRowTokens } from "../adapter/row-tokens.js";
import { openCheckpoint, type Checkpoint } from "../checkpoint/checkpoint.js";
import { folderName } from "../checkpoint/hub-cache.js";
import { isLora } from "../checkpoint/lora/open-lora.js";
import { describeFolder, hasWeights } from "../checkpoint/weight-files.js";
import { InputError } from "../errors.js";
import { exists } from "../files/look.js";
import { describeLlm, type LlmDescription } from "./describe-llm.js";
import { compareVocabularies, vocabularySource, type Overlap, type OverlapSource } from "./overlap.js";
import { isGguf } from "../model/gguf/open-gguf.js";
import { isMmproj } from "../model/gguf/open-mmproj.js";
import { llmOfCheckpoint, openLlmVocabulary, openModelFiles } from "../model/llm/llm-folder.js";
import { describeOwnHead } from "../model/llm/own-head.js";
import type { Progress } from "../progress.js";
import { readTokenizer } from "../vocabulary/read-tokenizer.js";
import type { TokenizerVocabulary } from "../vocabulary/token.js";
import { countsOfTokens } from "./token-counts.js";
import { readTokenList } from "../vocabulary/token-list.js";
import { summarizeVocabulary, type VocabularySummary } from "./vocabulary-summary.js";

/** What a folder holds: an adapter, an LLM, a tokenizer, or several of them, as a LLaVA folder does. */
export interface Inspection {
  readonly path: string;
  readonly name: string;
  readonly adapter?: AdapterDescription;
  readonly llm?: LlmDescription;
  readonly vocabulary?: VocabularySummary;
  /** What a person should know about how the parts fit, one line each. */
  readonly notes: readonly string[];
}

export interface InspectOptions {
  /** Vocabulary file of an adapter that came without one. */
  readonly vocabularyFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/**
 * Describes `source`, or compares it with `target` where one is given.
 *
 * @throws InputError for folders that hold nothing to inspect, and for counts without a target
 */
export async function inspect(
  source: string,
  target: string | undefined,
  options: CompareOptions = {},
): Promise<Inspection | Overlap> {
  if (target !== undefined) return compareFolders(source, target, options);
  if (options.countsFile === undefined) return inspectFolder(source, options);
  throw new InputError("--counts: weights the comparison of two folders; name a TARGET too");
}

/**
 * Describes one folder, or one weight file of an adapter. Of LLMs only headers are read, of adapters head and matrix.
 *
 * @throws InputError when it holds none of the three, or one that is damaged
 */
export async function inspectFolder(path: string, options: InspectOptions = {}): Promise<Inspection> {
  options.onProgress?.({ stage: `reading ${path}`, done: 0, total: 0 });
  if (isGguf(path)) return inspectGguf(path, options);
  const [weights, tokenizer] = await Promise.all([hasWeights(path), exists(`${path}/tokenizer.json`)]);
  if (!tokenizer) await refuseLora(path);
  const instead = weights ? undefined : await describeFolder(path);
  if (!weights && !tokenizer) {
    const nothing = "holds neither weights nor a tokenizer.json; expected an adapter, an LLM or a tokenizer";
    throw new InputError(`${path}: ${instead ?? nothing}`);
  }
  const name = folderName(path);
  const checkpoint = weights ? await openCheckpoint(path) : undefined;
  const adapter =
    checkpoint && hasAdapter(checkpoint) ? await describeAdapter(await loadAdapter(path), options) : undefined;
  const folder = checkpoint && hasLlm(checkpoint) ? await llmOfCheckpoint(checkpoint) : undefined;
  const llm = folder && describeLlm(folder);
  const ownHead = folder && (await describeOwnHead(folder));
  const vocabulary = tokenizer ? summarizeVocabulary(await readTokenizer(path), name) : undefined;
  if (!adapter && !llm && !vocabulary) {
    throw new InputError(`${path}: holds weights of neither an adapter nor an LLM; vision towers are not inspected`);
  }
  return {
    path,
    name,
    ...(adapter && { adapter }),
    ...(llm && { llm }),
    ...(vocabulary && { vocabulary }),
    notes: [instead && `${path}: ${instead}`, ownHead, ...(llm ? fitNotes(llm, vocabulary) : [])].filter(
      (note) => note !== undefined,
    ),
  };
}

/** The LLM and the tokenizer of a GGUF file, or the adapter of one that holds a vision tower and a projector. */
async function inspectGguf(path: string, options: InspectOptions): Promise<Inspection> {
  if (await isMmproj(path)) {
    const adapter = await loadAdapter(path);
    return { path, name: adapter.name, adapter: await describeAdapter(adapter, options), notes: [] };
  }
  const { tokenizer, ...opened } = await openLlmVocabulary(path);
  const { name } = opened;
  const [llm, vocabulary] = [describeLlm(opened), summarizeVocabulary(tokenizer, name)];
  return { path, name, llm, vocabulary, notes: fitNotes(llm, vocabulary) };
}

export interface CompareOptions extends InspectOptions {
  /** File of token to count, of the text that the adapter sees. */
  readonly countsFile?: string | undefined;
}

/** Compares the tokens of `source`, an adapter's rows or a tokenizer, with the tokenizer of `target`. */
export async function compareFolders(source: string, target: string, options: CompareOptions = {}): Promise<Overlap> {
  const say = (stage: string): void => options.onProgress?.({ stage, done: 0, total: 0 });
  say(`reading the tokens of ${source}`);
  const from = await openSource(source, options);
  say(`reading the tokens of ${target}`);
  const vocabulary = await readTokensOf(target);
  const counts = options.countsFile && countsOfTokens(await readTokenList(options.countsFile), from.tokens);
  say(`comparing ${from.tokens.length} tokens`);
  return compareVocabularies(from, { name: nameApart(target, from.name), vocabulary }, counts ? { counts } : {});
}

async function openSource(path: string, { vocabularyFile }: InspectOptions): Promise<OverlapSource> {
  const name = folderName(path);
  const adapter =
    !isGguf(path) && (await hasWeights(path)) && hasAdapter(await openCheckpoint(path))
      ? await loadAdapter(path)
      : undefined;
  if (adapter?.projector.kind !== "mm_vocab") return vocabularySource(await readTokensOf(path), name);
  const { rows } = adapter.projector;
  const found = await findRowTokens({ rows, folder: adapter.folder, file: vocabularyFile });
  if (found !== undefined) return { name, tokens: found.tokens };
  throw new InputError(
    `${path}: nothing here says what the adapter's ${rows} rows stand for; name the vocabulary file with --vocab`,
  );
}

async function readTokensOf(path: string): Promise<TokenizerVocabulary> {
  const files = await openModelFiles(path);
  if (!(await files.has("tokenizer.json"))) await refuseLora(path);
  return readTokenizer(files);
}

/** A LoRA without a tokenizer has nothing of its own to show: tokens and rows are those of the LLM that it changes. */
async function refuseLora(path: string): Promise<void> {
  if (!(await isLora(path))) return;
  throw new InputError(
    `${path}: is a LoRA without a tokenizer of its own; inspect the folder of the LLM that it changes`,
  );
}

/** The names of two folders; folders of one name are told apart by the folders around them. */
function nameApart(path: string, other: string): string {
  const name = folderName(path);
  return name === other ? path : name;
}

const hasAdapter = ({ tensors }: Checkpoint): boolean =>
  [...tensors.keys()].some((name) => name.includes("mm_projector."));

/** Tensors of an adapter and of vision towers; a folder with these alone holds no LLM. */
const NO_LLM =
  /(^|\.)(mm_projector\.|mm_vocab_matrix$|decode_matrix$|image_newline$|vision_tower\.|vision_model\.|visual_projection\.)/;

const hasLlm = ({ tensors }: Checkpoint): boolean => [...tensors.keys()].some((name) => !NO_LLM.test(name));

function fitNotes({ embedding }: LlmDescription, vocabulary: VocabularySummary | undefined): string[] {
  if (vocabulary?.size === undefined) return ["holds no tokenizer.json"];
  const extra = embedding.rows - vocabulary.size;
  if (extra < 0) return [`the tokenizer has ${-extra} ids beyond the ${embedding.rows} rows of "${embedding.tensor}"`];
  return extra === 0 ? [] : [`"${embedding.tensor}" has ${extra} rows more than the tokenizer has ids`];
}

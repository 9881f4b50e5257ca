import type { Adapter } from "../../adapter/load.js";
import type { LinearProjector, MlpProjector } from "../../adapter/projector-layers.js";
import { findRowTokens, MAX_ORDINARY_ROWS, tokensOfFile, type RowTokens } from "../../adapter/row-tokens.js";
import { InputError } from "../../errors.js";
import { tokensOfVocabulary, type SourceToken } from "../../vocabulary/source-token.js";
import type { LlmVocabulary } from "../../model/llm/llm-folder.js";
import { embeddingsOfIds, embeddingsOfRows, type RowEmbeddings } from "../../adapter/row-embeddings.js";

export interface OrdinaryRowsOptions {
  readonly adapter: Adapter;
  readonly projector: LinearProjector | MlpProjector;
  readonly source?: LlmVocabulary | undefined;
  readonly target: LlmVocabulary;
  readonly vocabularyFile?: string | undefined;
}

export interface OrdinaryRows {
  readonly rowTokens: RowTokens;
  readonly embeddings: RowEmbeddings;
  readonly checks: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * The tokens by which an ordinary projector is described: those of a vocabulary file, else those of its folder when it was
 * transferred before, else the tokens that source and target share, in the order of their ids, which is by rank in both kinds
 * of BPE.
 *
 * @throws InputError without the source LLM, or when the projector is of another width
 */
export async function ordinaryRows(options: OrdinaryRowsOptions): Promise<OrdinaryRows> {
  const { adapter, projector, source, target, vocabularyFile } = options;
  const { decoding } = adapter;
  if (decoding !== undefined && vocabularyFile === undefined && source === undefined) {
    const rowTokens = (await findRowTokens({ rows: decoding.matrix.rows, folder: adapter.folder }))!;
    const embeddings = embeddingsOfRows({ adapter, source, tokens: rowTokens.tokens })!;
    return { rowTokens, embeddings, checks: [], warnings: [] };
  }
  if (source === undefined) {
    throw new InputError(
      `${adapter.path}: is an ordinary ${projector.kind} projector, which has no vocabulary rows; name the LLM it was trained for with --source, whose tokens then describe what it says`,
    );
  }
  if (projector.llmHiddenSize !== source.table.hiddenSize) {
    throw new InputError(
      `${adapter.path}: makes vectors of ${projector.llmHiddenSize} numbers, "${source.table.tensor.name}" of ${source.path} is ${source.table.hiddenSize} wide; it was trained for another LLM`,
    );
  }
  const rowTokens =
    vocabularyFile === undefined ? sharedTokens(source, target) : await tokensOfFile(vocabularyFile, source);
  const embeddings = embeddingsOfIds(source, rowTokens.tokens);
  if (embeddings === undefined) {
    throw new InputError(
      `${source.path}: a token of ${rowTokens.from} has no row in "${source.table.tensor.name}" (${source.table.vocabSize} rows)`,
    );
  }
  return {
    rowTokens,
    embeddings,
    checks: [`described by ${rowTokens.tokens.length} tokens, ${rowTokens.from}`],
    warnings: [],
  };
}

/** Tokens of text that are one token in both LLMs; special tokens describe nothing that can be seen. */
function sharedTokens(source: LlmVocabulary, target: LlmVocabulary): RowTokens {
  const inBoth = tokensOfVocabulary(source.tokenizer).filter(
    ({ id, kind, bytes }: SourceToken) =>
      kind === "text" && bytes !== undefined && id! < source.table.vocabSize && isText(bytes, target),
  );
  return {
    tokens: inBoth.slice(0, MAX_ORDINARY_ROWS),
    from: `the first that ${source.name} and ${target.name} share`,
  };
}

function isText(bytes: NonNullable<SourceToken["bytes"]>, { tokenizer, table }: LlmVocabulary): boolean {
  const id = tokenizer.idOfBytes.get(bytes);
  return id !== undefined && id < table.vocabSize && tokenizer.kinds[id] === "text";
}

import { z } from "zod";
import { InputError } from "../../errors.js";
import { someOf } from "../../layout/some-of.js";
import { isFloatDtype, type FloatDtype } from "../../tensor/dtype.js";
import { matrixShape } from "../../tensor/matrix-shape.js";
import { isComputed, isMaterialised, type CheckpointTensor } from "../../tensor/tensor-info.js";

/** The input embeddings of an LLM: row i, (hiddenSize) numbers, is the vector of token id i. */
export interface EmbeddingTable {
  /** (vocabSize, hiddenSize). */
  readonly tensor: CheckpointTensor & { readonly dtype: FloatDtype };
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** The table is the output head too. */
  readonly tied: boolean;
  /** The output head, where the folder holds one of its own: (vocabSize, hiddenSize). */
  readonly head?: CheckpointTensor | undefined;
}

/** Where each family keeps its input embeddings; the first name that the folder holds is taken. */
const TABLE_NAMES: readonly { readonly name: string; readonly families: string }[] = [
  {
    name: "model.embed_tokens.weight",
    families: "llama, mistral, mixtral, qwen2, qwen3, gemma, phi3, olmo, cohere, LLaVA",
  },
  {
    name: "model.language_model.embed_tokens.weight",
    families: "llava and other composites, transformers 4.52 and later",
  },
  {
    name: "language_model.model.embed_tokens.weight",
    families: "llava and other composites, before transformers 4.52",
  },
  { name: "transformer.wte.weight", families: "gpt2, gptj, gpt_neo, gpt_bigcode, mpt, qwen" },
  { name: "gpt_neox.embed_in.weight", families: "gpt_neox, pythia" },
  { name: "model.decoder.embed_tokens.weight", families: "opt" },
  { name: "transformer.word_embeddings.weight", families: "falcon, bloom" },
  { name: "transformer.embedding.word_embeddings.weight", families: "chatglm" },
  { name: "model.tok_embeddings.weight", families: "internlm2" },
  { name: "backbone.embeddings.weight", families: "mamba" },
  { name: "backbone.embedding.weight", families: "mamba, original files" },
  { name: "tok_embeddings.weight", families: "llama and mistral, original files" },
  // The same families saved from their base class, without the prefix of the class around it.
  { name: "embed_tokens.weight", families: "llama and its relatives" },
  { name: "decoder.embed_tokens.weight", families: "opt" },
  { name: "wte.weight", families: "gpt2" },
  { name: "embed_in.weight", families: "gpt_neox" },
  { name: "word_embeddings.weight", families: "falcon, bloom" },
];

const HEAD_NAME = /(^|\.)(lm_head|embed_out|output|output_layer)\.weight$/;
/** Layers, towers and modules that predict several tokens have parts of these names too. */
const WITHIN_A_PART = /(^|\.)(\d+\.|mtp)|vision/;
const SAYS_EMBEDDING = /emb|wte/i;
const SAYS_POSITION = /pos|wpe|rotary|type/i;

const vocabularyFields = z.looseObject({
  vocab_size: z.int().positive().nullish(),
  tie_word_embeddings: z.boolean().nullish(),
});
const configFields = vocabularyFields.extend({
  text_config: vocabularyFields.nullish(),
  llm_config: vocabularyFields.nullish(),
});

/**
 * Finds the input embedding table of an LLM folder of any family, and its output head.
 *
 * `tensors` are the folder's tensors, `config` its parsed config.json (a composite's `text_config` counts), `where` names the
 * folder in errors. A head that the folder holds is used, whatever `tie_word_embeddings` says, as transformers 5 does: either
 * it equals the table or it was trained apart. Without one the two are tied unless the config says otherwise; a tied folder,
 * by its config or else `tiedByClass`, may hold the matrix as the head.
 *
 * @throws InputError when no tensor or several tensors could be the table, or when it does not fit `vocab_size`
 */
export function findEmbeddingTable(
  tensors: Iterable<CheckpointTensor>,
  config: unknown,
  where: string,
  { tiedByClass }: { readonly tiedByClass?: boolean | undefined } = {},
): EmbeddingTable {
  const all = [...tensors];
  const { vocabSize, tied } = readConfig(config, where, tiedByClass);
  const heads = all.filter(isHead);
  const tensor = byName(all) ?? (tied ? heads[0] : undefined) ?? byShape(all, vocabSize, where);
  const [rows, hiddenSize] = matrixShape(tensor);
  if (vocabSize !== undefined && rows !== vocabSize) {
    throw new InputError(
      `${where}: "${tensor.name}" is (${rows}, ${hiddenSize}), config.json says vocab_size ${vocabSize}; the config and the weights are of different models`,
    );
  }
  if (!isFloatDtype(tensor.dtype)) {
    throw new InputError(
      `${where}: "${tensor.name}" is ${tensor.dtype}, expected F32, F16 or BF16; use the folder that is not quantised`,
    );
  }
  const head = heads.find((head) => !isOnePlace(head, tensor));
  return {
    tensor: tensor as EmbeddingTable["tensor"],
    vocabSize: rows,
    hiddenSize,
    tied: head === undefined && (tied !== false || heads.length > 0),
    ...(head && { head }),
  };
}

const isHead = ({ name, shape }: CheckpointTensor): boolean =>
  shape.length === 2 && HEAD_NAME.test(name) && !WITHIN_A_PART.test(name);

/** Whether two names have the same bytes: torch archives and safetensors' aliases name tied matrices twice. */
function isOnePlace(a: CheckpointTensor, b: CheckpointTensor): boolean {
  if (isMaterialised(a) || isMaterialised(b) || isComputed(a) || isComputed(b)) return a === b;
  return a.file === b.file && a.byteOffset === b.byteOffset && a.byteLength === b.byteLength;
}

/**
 * What config.json says about tying, in or outside of a composite's own part, since transformers takes either; undefined
 * where it says nothing.
 */
export function saysTied(config: unknown, where: string): boolean | undefined {
  return readConfig(config, where).tied;
}

function readConfig(
  config: unknown,
  where: string,
  tiedByClass?: boolean,
): { vocabSize: number | undefined; tied: boolean | undefined } {
  const parsed = configFields.safeParse(config);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(`${where}/config.json: ${issue!.path.join(".") || "the file"}: ${issue!.message}`);
  }
  const inner = parsed.data.text_config ?? parsed.data.llm_config ?? undefined;
  // The class of the LLM speaks for its own part of the config alone.
  const outer = parsed.data.tie_word_embeddings ?? (inner === undefined ? tiedByClass : undefined);
  const flags = [outer, inner && (inner.tie_word_embeddings ?? tiedByClass)].filter((flag) => flag != null);
  return {
    // The sizes outside of a composite's own part are of older releases, and some are wrong.
    vocabSize: (inner === undefined ? parsed.data : inner).vocab_size ?? undefined,
    tied: flags.length === 0 ? undefined : flags.includes(true),
  };
}

function byName(tensors: readonly CheckpointTensor[]): CheckpointTensor | undefined {
  const matrices = new Map(tensors.filter(({ shape }) => shape.length === 2).map((tensor) => [tensor.name, tensor]));
  const known = TABLE_NAMES.find(({ name }) => matrices.has(name));
  return known && matrices.get(known.name);
}

function byShape(tensors: readonly CheckpointTensor[], vocabSize: number | undefined, where: string): CheckpointTensor {
  const matrices = tensors.filter(
    ({ name, shape }) => shape.length === 2 && !HEAD_NAME.test(name) && !SAYS_POSITION.test(name),
  );
  const tall = matrices.filter(({ shape }) => vocabSize !== undefined && shape[0] === vocabSize);
  const named = tall.filter(({ name }) => SAYS_EMBEDDING.test(name));
  if (named.length === 1) return named[0]!;
  const candidates = [named, tall, matrices].find((list) => list.length > 0) ?? [];
  const list = someOf(candidates.map(({ name, shape }) => `"${name}" (${shape.join(", ")})`));
  const rows = vocabSize === undefined ? "any number of rows (config.json has no vocab_size)" : `${vocabSize} rows`;
  throw new InputError(
    `${where}: cannot tell which tensor holds the input embeddings: no known name, and ${named.length} matrices of ${rows} with a name that says embedding, expected 1; ` +
      (list === "" ? "the folder holds no matrix" : `candidates: ${list}`),
  );
}

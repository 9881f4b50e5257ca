import { z } from "zod";
import { InputError } from "../errors.js";
import { checkJson } from "../files/check-json.js";
import { showValue } from "../show-value.js";
import type { Merge } from "./token.js";

/** Largest id read, exclusive. LLMs have up to some 262,000 ids (Gemma 3); the largest known is XLM-V with 901,629. */
export const MAX_VOCABULARY_SIZE = 2 ** 21;

/** Longest spelling of a token in UTF-16 units. The longest real ones are runs of some hundred spaces or dashes. */
export const MAX_TOKEN_LENGTH = 8192;

/** Pieces of a normalizer, pre-tokenizer or decoder; only the fields that decide what a token's bytes are. */
const component: z.ZodType<Component> = z.lazy(() =>
  z.looseObject({
    type: z.string(),
    normalizers: z.array(component).optional(),
    pretokenizers: z.array(component).optional(),
    decoders: z.array(component).optional(),
    replacement: z.string().optional(),
    content: z.string().optional(),
    pattern: z.unknown().optional(),
  }),
);

export interface Component {
  readonly type: string;
  readonly normalizers?: readonly Component[] | undefined;
  readonly pretokenizers?: readonly Component[] | undefined;
  readonly decoders?: readonly Component[] | undefined;
  readonly replacement?: string | undefined;
  readonly content?: string | undefined;
  readonly pattern?: unknown;
}

/** A token that is found in the text before the model sees it. */
export const addedTokenFields = z.looseObject({
  content: z.string().max(MAX_TOKEN_LENGTH),
  special: z.boolean().default(false),
  /** Found only where no letter or digit stands beside it. */
  single_word: z.boolean().default(false),
  /** Takes the white space before or behind it. */
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  /** Looked for in normalised text; those that are not special are, where the file does not say. */
  normalized: z.boolean().optional(),
});

const addedToken = addedTokenFields.extend({ id: z.int().nonnegative().lt(MAX_VOCABULARY_SIZE) });

export type AddedToken = z.infer<typeof addedToken>;

const tokenizerFile = z.looseObject({
  added_tokens: z.array(addedToken).nullish(),
  normalizer: component.nullish(),
  pre_tokenizer: component.nullish(),
  decoder: component.nullish(),
  model: z.looseObject({
    type: z.string().nullish(),
    unk_token: z.string().nullish(),
    unk_id: z.int().nonnegative().nullish(),
    continuing_subword_prefix: z.string().nullish(),
    end_of_word_suffix: z.string().nullish(),
    byte_fallback: z.boolean().nullish(),
    fuse_unk: z.boolean().nullish(),
    ignore_merges: z.boolean().nullish(),
    dropout: z.number().nullish(),
    max_input_chars_per_word: z.int().nonnegative().nullish(),
    // 150,000 entries and more: walked by hand below, which is ten times as fast.
    vocab: z.unknown().optional(),
    merges: z.unknown().optional(),
  }),
});

const MODEL_TYPES = ["BPE", "Unigram", "WordPiece", "WordLevel"] as const;
export type ModelType = (typeof MODEL_TYPES)[number];

/** Of BERT, where the file does not say. */
const DEFAULT_MAX_CHARS_PER_WORD = 100;

export interface TokenizerFile {
  readonly path: string;
  readonly modelType: ModelType;
  readonly unkToken: string | undefined;
  /** Unigram: id of the unknown token. */
  readonly unkId: number | undefined;
  readonly continuingPrefix: string | undefined;
  readonly wordEndSuffix: string | undefined;
  readonly byteFallback: boolean;
  /** BPE: a run of unknown characters is one unknown token. */
  readonly fuseUnk: boolean;
  /** BPE: a piece that is a token is not built by merges. */
  readonly ignoreMerges: boolean;
  /** BPE: share of merges left out at random. */
  readonly dropout: number;
  /** WordPiece: longer words are unknown. */
  readonly maxCharsPerWord: number;
  /** Number of the model's own tokens. */
  readonly tokenCount: number;
  /** Id of each spelling of the model's own; of two ids of one spelling the last. */
  readonly idOf: ReadonlyMap<string, number>;
  /** Spellings of the model's own tokens by id; an id without one is undefined. */
  readonly strings: readonly (string | undefined)[];
  /** Ids that two spellings claim, one line each. */
  readonly clashes: readonly string[];
  /** Unigram: log probability by id. */
  readonly scores: readonly number[];
  readonly merges: readonly Merge[];
  readonly addedTokens: readonly AddedToken[];
  /** Every normalizer, pre-tokenizer and decoder, with sequences opened up. */
  readonly components: readonly Component[];
}

/**
 * Checks a parsed tokenizer.json of any of the kinds that are read; `path` names it in errors.
 *
 * Format: the serialisation of the Rust crate `tokenizers`. Older files leave `model.type` out.
 * @throws InputError with the first entry that is wrong
 */
export function parseTokenizerFile(json: unknown, path: string): TokenizerFile {
  const file = checkJson(tokenizerFile, json, path);
  const { model } = file;
  const modelType = model.type ?? inferModelType(model);
  if (!isModelType(modelType)) {
    throw new InputError(`${path}: model.type is "${modelType}"; tokenizers of ${MODEL_TYPES.join(", ")} can be read`);
  }
  const vocab = modelType === "Unigram" ? parseScoredVocab(model.vocab, path) : parseVocab(model.vocab, path);
  return {
    path,
    modelType,
    unkToken: model.unk_token ?? undefined,
    unkId: model.unk_id ?? undefined,
    continuingPrefix: model.continuing_subword_prefix ?? undefined,
    wordEndSuffix: model.end_of_word_suffix || undefined,
    byteFallback: model.byte_fallback ?? false,
    fuseUnk: model.fuse_unk ?? false,
    ignoreMerges: model.ignore_merges ?? false,
    dropout: model.dropout ?? 0,
    maxCharsPerWord: model.max_input_chars_per_word ?? DEFAULT_MAX_CHARS_PER_WORD,
    ...vocab,
    merges: modelType === "BPE" ? parseMerges(model.merges, path) : [],
    addedTokens: file.added_tokens ?? [],
    components: [file.normalizer, file.pre_tokenizer, file.decoder].flatMap((top) => (top ? openUp(top) : [])),
  };
}

const isModelType = (type: string): type is ModelType => (MODEL_TYPES as readonly string[]).includes(type);

function inferModelType(model: { vocab?: unknown; merges?: unknown; continuing_subword_prefix?: unknown }): string {
  if (model.merges !== undefined) return "BPE";
  if (Array.isArray(model.vocab)) return "Unigram";
  return typeof model.continuing_subword_prefix === "string" ? "WordPiece" : "WordLevel";
}

function openUp(part: Component): Component[] {
  const inner = part.normalizers ?? part.pretokenizers ?? part.decoders;
  return inner === undefined ? [part] : inner.flatMap(openUp);
}

type Vocab = Pick<TokenizerFile, "strings" | "clashes" | "scores" | "idOf" | "tokenCount">;

function parseVocab(vocab: unknown, path: string): Vocab {
  if (typeof vocab !== "object" || vocab === null || Array.isArray(vocab)) {
    throw new InputError(`${path}: model.vocab is no object of token to id`);
  }
  const strings: (string | undefined)[] = [];
  const clashes: string[] = [];
  const idOf = new Map<string, number>();
  // Not Object.entries: it takes 0.2 s more for 150,000 keys.
  for (const token in vocab) {
    const id = (vocab as Record<string, unknown>)[token];
    checkSpelling(token, path);
    if (!isTokenId(id)) {
      throw new InputError(
        `${path}: token ${JSON.stringify(token)} has id ${showValue(id)}, ids are whole numbers from 0 to ${MAX_VOCABULARY_SIZE - 1}`,
      );
    }
    if (strings[id] !== undefined) clashes.push(describeClash(id, strings[id], token));
    strings[id] = token;
    idOf.set(token, id);
  }
  return { strings: Array.from(strings), clashes, scores: [], idOf, tokenCount: idOf.size };
}

function parseScoredVocab(vocab: unknown, path: string): Vocab {
  if (!Array.isArray(vocab))
    throw new InputError(`${path}: model.vocab of a Unigram model is no list of [token, score]`);
  if (vocab.length > MAX_VOCABULARY_SIZE) {
    throw new InputError(`${path}: model.vocab has ${vocab.length} tokens, at most ${MAX_VOCABULARY_SIZE} are read`);
  }
  const entries = (vocab as unknown[]).map((entry, id): [string, number] => {
    if (!Array.isArray(entry) || typeof entry[0] !== "string" || typeof entry[1] !== "number") {
      throw new InputError(`${path}: model.vocab entry ${id} is ${showValue(entry)}, expected [token, score]`);
    }
    checkSpelling(entry[0], path);
    return [entry[0], entry[1]];
  });
  return {
    strings: entries.map(([token]) => token),
    clashes: [],
    scores: entries.map(([, score]) => score),
    idOf: new Map(entries.map(([token], id) => [token, id])),
    tokenCount: entries.length,
  };
}

const isTokenId = (id: unknown): id is number =>
  Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < MAX_VOCABULARY_SIZE;

const describeClash = (id: number, before: string, after: string): string =>
  `id ${id} is both ${JSON.stringify(before)} and ${JSON.stringify(after)}; the latter counts`;

function checkSpelling(token: string, path: string): void {
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new InputError(
      `${path}: token ${JSON.stringify(token.slice(0, 20))}... is ${token.length} long, at most ${MAX_TOKEN_LENGTH} is read`,
    );
  }
}

function parseMerges(merges: unknown, path: string): Merge[] {
  if (!Array.isArray(merges)) throw new InputError(`${path}: model.merges of a BPE model is no list`);
  const rules = (merges as unknown[]).filter((merge) => typeof merge !== "string" || !merge.startsWith("#version"));
  rules.forEach((merge, index) => {
    if (isMerge(merge)) return;
    throw new InputError(
      `${path}: merge ${index} is ${showValue(merge)}, expected two pieces; ` +
        "the file was damaged by a text conversion (such as U+00A0 made a space): fetch the original",
    );
  });
  return rules as Merge[];
}

function isMerge(merge: unknown): merge is Merge {
  if (typeof merge === "string") {
    const space = merge.indexOf(" ");
    return space > 0 && space < merge.length - 1 && !merge.includes(" ", space + 1);
  }
  return Array.isArray(merge) && merge.length === 2 && merge.every((piece) => typeof piece === "string");
}

import { betweenSteps } from "../../deadline.js";
import { InputError } from "../../errors.js";
import { optionalFlag, optionalNumber, optionalNumbers, optionalText, type GgufKeys } from "./keys.js";
import { scoredMerges } from "./scored-merges.js";
import { isSpaces, TOKEN_TYPES, type GgufTokens } from "./token-types.js";
import type { TokenizerModel } from "./tokenizer-model.js";

/** What SentencePiece writes for a space: U+2581. */
const SPACE = "▁";

/** SentencePiece BPE with byte fallback; its merges are worked out from the scores. */
export async function sentencePieceModel(keys: GgufKeys, tokens: GgufTokens): Promise<TokenizerModel> {
  const isGemma = optionalText(keys, "general.architecture")?.startsWith("gemma") ?? false;
  const prefixesSpace = !isGemma && (optionalFlag(keys, "tokenizer.ggml.add_space_prefix") ?? true);
  const texts = tokens.texts.map((text) => (isSpaces(text) ? text.replaceAll(" ", SPACE) : text));
  const scores = isGemma ? undefined : readScores(keys, texts.length);
  const replace = { type: "Replace", pattern: { String: " " }, content: SPACE };
  const prepend = { type: "Prepend", prepend: SPACE };
  const back = [
    { type: "Replace", pattern: { String: SPACE }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
  ];
  const strip = { type: "Strip", content: " ", start: 1, stop: 0 };
  return {
    model: await model(texts, tokens.types, { unknown: unknownToken(keys, texts), scores }),
    normalizer: prefixesSpace ? { type: "Sequence", normalizers: [prepend, replace] } : replace,
    pre_tokenizer: null,
    decoder: { type: "Sequence", decoders: prefixesSpace ? [...back, strip] : back },
    addsBos: true,
  };
}

async function model(
  texts: readonly string[],
  types: ArrayLike<number>,
  { unknown, scores }: { readonly unknown: string | null; readonly scores: ArrayLike<number> | undefined },
): Promise<object> {
  const idOf = new Map<string, number>();
  texts.forEach((text, id) => {
    if (types[id] !== TOKEN_TYPES.unused) idOf.set(text, id);
  });
  // Gemma's scores do not follow the order in which its pieces merge; that of its ids does.
  const wholes = texts.flatMap((text, id) =>
    types[id] === TOKEN_TYPES.normal || isMarks(text) ? [{ text, score: scores?.[id] ?? -id }] : [],
  );
  const merges = await scoredMerges({ idOf, wholes });
  await betweenSteps();
  return {
    type: "BPE",
    dropout: null,
    unk_token: unknown,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback: true,
    ignore_merges: false,
    vocab: Object.fromEntries(idOf),
    merges,
  };
}

const isMarks = (text: string): boolean => /^▁{2,}$/.test(text);

function unknownToken(keys: GgufKeys, texts: readonly string[]): string | null {
  const id = optionalNumber(keys, "tokenizer.ggml.unknown_token_id");
  return (id === undefined ? undefined : texts[id]) ?? null;
}

function readScores(keys: GgufKeys, count: number): ArrayLike<number> {
  const scores = optionalNumbers(keys, "tokenizer.ggml.scores");
  if (scores?.length === count) return scores;
  throw new InputError(
    `${keys.path}: has ${count} tokens, but scores of ${scores?.length ?? 0}, from which its merges follow; the file is damaged`,
  );
}

import { z } from "zod";
import { InputError } from "../errors.js";
import { checkJson } from "../files/check-json.js";
import { fileOf, modelFiles, type ModelFiles } from "../files/model-files.js";
import { byteStringOfText } from "./byte-string.js";
import { openPackageTokenizer } from "./package-tokenizer.js";
import { readTokenizerWithJson } from "./read-tokenizer.js";
import { createTokenDecoder, type TokenDecoder } from "./token-decoder.js";
import type { TokenizerVocabulary } from "./token.js";

/** Text to token ids and back. */
export interface Encoder {
  readonly vocabulary: TokenizerVocabulary;
  /** Ids that the tokenizer puts in front of every text, such as BOS; empty for tokenizers like Qwen's that put none. */
  readonly front: readonly number[];
  /** Ids of a text, `front` not among them; spellings of special tokens in the text become those tokens. */
  encode(text: string): number[];
  /** Text of ids, special tokens skipped; bytes that are no UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>): string;
  /** Decodes ids one by one as they are generated. */
  decoder(): TokenDecoder;
}

interface DecoderPart {
  readonly type: string;
  readonly content?: string | undefined;
  readonly start?: number | undefined;
  readonly add_prefix_space?: boolean | null | undefined;
  readonly prepend_scheme?: string | null | undefined;
  readonly decoders?: readonly DecoderPart[] | undefined;
}

const decoderPart: z.ZodType<DecoderPart> = z.lazy(() =>
  z.looseObject({
    type: z.string(),
    content: z.string().optional(),
    start: z.number().optional(),
    add_prefix_space: z.boolean().nullish(),
    prepend_scheme: z.string().nullish(),
    decoders: z.array(decoderPart).optional(),
  }),
);

const encoderFields = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string(), special: z.boolean().nullish() })).nullish(),
  decoder: decoderPart.nullish(),
});

/**
 * Loads the tokenizer of a Hugging Face folder for encoding (by `@huggingface/tokenizers`) and decoding (by token bytes).
 *
 * @throws InputError when the folder has no tokenizer.json or one that is damaged or not supported
 */
export async function loadEncoder(folder: string | ModelFiles): Promise<Encoder> {
  const files = modelFiles(folder);
  const { vocabulary, json } = await readTokenizerWithJson(files);
  const path = fileOf(files, "tokenizer.json");
  const { added_tokens, decoder } = checkJson(encoderFields, json, path);
  const tokenizer = openPackageTokenizer(json, await readConfig(files), path);
  const encode = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const special = new Set((added_tokens ?? []).filter((token) => token.special).map((token) => token.id));
  const bytesOf = (id: number): string =>
    special.has(id) ? "" : (vocabulary.byteStrings[id] ?? byteStringOfText(vocabulary.strings[id] ?? ""));
  const options = { bytesOf, dropsFirstSpace: decoder ? dropsFirstSpace(decoder) : false };
  return {
    vocabulary,
    front: frontOf(tokenizer.encode("a").ids, encode("a"), path),
    encode,
    decode: (ids) => {
      const tokens = createTokenDecoder(options);
      return [...ids].map((id) => tokens.push(id)).join("") + tokens.end();
    },
    decoder: () => createTokenDecoder(options),
  };
}

async function readConfig(files: ModelFiles): Promise<object> {
  const name = "tokenizer_config.json";
  if (!(await files.has(name))) return {};
  return checkJson(z.looseObject({}), (await files.readJson(name)).json, fileOf(files, name));
}

/** What stands before the text's own ids; `all` is the encoding with special tokens, `own` the one without. */
function frontOf(all: readonly number[], own: readonly number[], path: string): number[] {
  const starts = all.map((_, start) => start);
  const start = starts.find((at) => own.every((id, offset) => all[at + offset] === id));
  if (start === undefined) {
    throw new InputError(`${path}: the post_processor changes the text's own tokens, which is not supported`);
  }
  return all.slice(0, start);
}

/** SentencePiece writes the start of a text as a space; its decoders take that one off again. */
function dropsFirstSpace(part: DecoderPart): boolean {
  if (part.decoders !== undefined) return part.decoders.some(dropsFirstSpace);
  if (part.type === "Strip") return part.content === " " && (part.start ?? 0) > 0;
  return part.type === "Metaspace" && part.add_prefix_space !== false && part.prepend_scheme !== "never";
}

import { z } from "zod";
import { checkJson } from "../files/check-json.js";
import { fileOf, type ModelFiles } from "../files/model-files.js";
import type { HashedFile } from "./token.js";
import { tokensOfClass } from "./tokenizer-class.js";
import { addedTokenFields, MAX_TOKEN_LENGTH, MAX_VOCABULARY_SIZE, type AddedToken } from "./tokenizer-json.js";

/** A token is named by its spelling, or by an object that holds it. */
const tokenName = z
  .union([z.string().max(MAX_TOKEN_LENGTH), z.looseObject({ content: z.string().max(MAX_TOKEN_LENGTH) })])
  .transform((token) => (typeof token === "string" ? token : token.content));
const tokenId = z.int().nonnegative();

const declaredTokens = {
  bos_token: tokenName.nullish(),
  eos_token: tokenName.nullish(),
  pad_token: tokenName.nullish(),
  unk_token: tokenName.nullish(),
  cls_token: tokenName.nullish(),
  sep_token: tokenName.nullish(),
  mask_token: tokenName.nullish(),
  additional_special_tokens: z.array(tokenName).nullish(),
};

const tokenizerConfig = z.looseObject({
  ...declaredTokens,
  tokenizer_class: z.string().nullish(),
  added_tokens_decoder: z.record(z.string(), addedTokenFields).nullish(),
});

const specialTokensMap = z.looseObject(declaredTokens);
const addedTokensFile = z.record(z.string().max(MAX_TOKEN_LENGTH), tokenId);
/** Other code names what is odd in config.json. */
const modelConfig = z.looseObject({
  model_type: z.string().nullish().catch(undefined),
  tokenizer_class: z.string().nullish().catch(undefined),
});

/** A negative id, such as -1, means no token. */
const numberedToken = z.union([z.int(), z.array(z.int())]).nullish();
const numberedTokens = z.looseObject({
  bos_token_id: numberedToken,
  eos_token_id: numberedToken,
  pad_token_id: numberedToken,
});

export const DECLARED_ROLES = ["bos", "eos", "pad", "unk", "cls", "sep", "mask"] as const;
export type DeclaredRole = (typeof DECLARED_ROLES)[number];

/** The special tokens in the files beside tokenizer.json. */
export interface SpecialTokens {
  /** Spelling of each declared role. */
  readonly named: Partial<Readonly<Record<DeclaredRole, string>>>;
  /** Ids of generation_config.json, for roles without a name; the first of a list is the main one. */
  readonly numbered: Partial<Readonly<Record<DeclaredRole, number>>>;
  readonly additional: readonly string[];
  /**
   * Tokens of `added_tokens_decoder` or added_tokens.json by id. They are added to those of tokenizer.json, and their flags
   * count.
   */
  readonly added: readonly AddedToken[];
  readonly files: readonly HashedFile[];
}

/**
 * Reads those of tokenizer_config.json, special_tokens_map.json, added_tokens.json and generation_config.json that are there,
 * as transformers does. The map and the list of added tokens count only where tokenizer_config.json has no
 * `added_tokens_decoder`. The tokenizer's class names the tokens that the files leave out.
 */
export async function readSpecialTokens(model: ModelFiles): Promise<SpecialTokens> {
  const files: HashedFile[] = [];
  const read = async <T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    if (!(await model.has(name))) return undefined;
    const { json, sha256 } = await model.readJson(name);
    files.push({ name, sha256 });
    return checkJson(schema, json, fileOf(model, name));
  };
  const config = await read("tokenizer_config.json", tokenizerConfig);
  const isOld = !config?.added_tokens_decoder;
  const map = isOld ? await read("special_tokens_map.json", specialTokensMap) : undefined;
  const list = isOld ? await read("added_tokens.json", addedTokensFile) : undefined;
  const generation = await read("generation_config.json", numberedTokens);
  const declared = { ...config, ...map };
  const special = [
    ...DECLARED_ROLES.map((role) => declared[`${role}_token`]),
    ...(declared.additional_special_tokens ?? []),
  ];
  return {
    named: await nameRoles(declared, model),
    numbered: pickRoles((role) =>
      role === "bos" || role === "eos" || role === "pad" ? first(generation?.[`${role}_token_id`]) : undefined,
    ),
    additional: declared.additional_special_tokens ?? [],
    added: config?.added_tokens_decoder ? tokensById(config.added_tokens_decoder) : listedTokens(list ?? {}, special),
    files,
  };
}

type Declared = Readonly<Partial<Record<`${DeclaredRole}_token`, string | null | undefined>>> & {
  readonly tokenizer_class?: string | null | undefined;
};

/** The tokenizer's class names a role that the files leave out; a role that they call null has no token. */
async function nameRoles(declared: Declared, files: ModelFiles): Promise<SpecialTokens["named"]> {
  const named = pickRoles((role) => declared[`${role}_token`] ?? undefined);
  const left = DECLARED_ROLES.filter((role) => !(`${role}_token` in declared));
  if (left.length === 0) return named;
  const name = "config.json";
  const model = (await files.has(name))
    ? checkJson(modelConfig, (await files.readJson(name)).json, fileOf(files, name))
    : {};
  const own = declared.tokenizer_class ?? model.tokenizer_class ?? undefined;
  const defaults = tokensOfClass(own, model.model_type ?? undefined, await isByteLevel(files, own));
  return { ...pickRoles((role) => (left.includes(role) ? defaults[role] : undefined)), ...named };
}

/**
 * Byte-level tokenizers of other models claim this class too. A word of the file tells them apart, as nothing else is called
 * so.
 */
async function isByteLevel(files: ModelFiles, tokenizerClass: string | undefined): Promise<boolean> {
  const name = "tokenizer.json";
  if (!tokenizerClass?.startsWith("LlamaTokenizer") || !(await files.has(name))) return false;
  return /"type"\s*:\s*"ByteLevel"/.test(await files.readText(name));
}

function pickRoles<T>(pick: (role: DeclaredRole) => T | undefined): Partial<Record<DeclaredRole, T>> {
  const found: Partial<Record<DeclaredRole, T>> = {};
  for (const role of DECLARED_ROLES) {
    const value = pick(role);
    if (value !== undefined) found[role] = value;
  }
  return found;
}

const first = (ids: number | readonly number[] | null | undefined): number | undefined =>
  [ids ?? []].flat().find((id) => id >= 0);

type AddedFields = z.infer<typeof addedTokenFields>;

function tokensById(decoder: Readonly<Record<string, AddedFields>>): AddedToken[] {
  return Object.entries(decoder)
    .map(([id, token]) => ({ ...token, id: Number(id) }))
    .filter(({ id }) => Number.isSafeInteger(id) && id >= 0 && id < MAX_VOCABULARY_SIZE)
    .sort((a, b) => a.id - b.id);
}

/** The tokens of added_tokens.json, which holds no flags. */
function listedTokens(list: Readonly<Record<string, number>>, special: readonly unknown[]): AddedToken[] {
  const tokens = Object.entries(list).map(([content, id]) => {
    const isSpecial = special.includes(content);
    return [String(id), addedTokenFields.parse({ content, special: isSpecial, normalized: !isSpecial })] as const;
  });
  return tokensById(Object.fromEntries(tokens));
}

import { z } from "zod";
import { checkJson } from "../files/check-json.js";
import { fileOf, type ModelFiles } from "../files/model-files.js";
import { readHashedJson } from "./hashed-json.js";
import type { HashedFile } from "./token.js";
import { MAX_TOKEN_LENGTH, MAX_VOCABULARY_SIZE, type AddedToken } from "./tokenizer-json.js";

/** A token is named by its spelling, or by an object that holds it. */
const tokenName = z
  .union([z.string().max(MAX_TOKEN_LENGTH), z.looseObject({ content: z.string().max(MAX_TOKEN_LENGTH) })])
  .transform((token) => (typeof token === "string" ? token : token.content));
const tokenId = z.int().nonnegative();

const namedTokens = z.looseObject({
  bos_token: tokenName.nullish(),
  eos_token: tokenName.nullish(),
  pad_token: tokenName.nullish(),
  unk_token: tokenName.nullish(),
  cls_token: tokenName.nullish(),
  sep_token: tokenName.nullish(),
  mask_token: tokenName.nullish(),
  additional_special_tokens: z.array(tokenName).nullish(),
  added_tokens_decoder: z
    .record(
      z.string(),
      z.looseObject({ content: z.string().max(MAX_TOKEN_LENGTH), special: z.boolean().default(false) }),
    )
    .nullish(),
});

const numberedTokens = z.looseObject({
  bos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
});

export const DECLARED_ROLES = ["bos", "eos", "pad", "unk", "cls", "sep", "mask"] as const;
export type DeclaredRole = (typeof DECLARED_ROLES)[number];

/** What the files beside tokenizer.json say of special tokens. */
export interface SpecialTokens {
  /** Spelling of each declared role; the first file that names one counts. */
  readonly named: Partial<Readonly<Record<DeclaredRole, string>>>;
  /** Ids of generation_config.json, for roles without a name; the first of a list is the main one. */
  readonly numbered: Partial<Readonly<Record<DeclaredRole, number>>>;
  readonly additional: readonly string[];
  /** Tokens of `added_tokens_decoder`, which transformers adds when tokenizer.json lacks them. */
  readonly added: readonly AddedToken[];
  readonly files: readonly HashedFile[];
}

/** Reads tokenizer_config.json, special_tokens_map.json and generation_config.json, each where present. */
export async function readSpecialTokens(model: ModelFiles): Promise<SpecialTokens> {
  const files: HashedFile[] = [];
  const read = async <T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    if (!(await model.has(name))) return undefined;
    const { json, file } = await readHashedJson(model, name);
    files.push(file);
    return checkJson(schema, json, fileOf(model, name));
  };
  const config = await read("tokenizer_config.json", namedTokens);
  const map = await read("special_tokens_map.json", namedTokens);
  const generation = await read("generation_config.json", numberedTokens);
  return {
    named: pickRoles((role) => config?.[`${role}_token`] ?? map?.[`${role}_token`] ?? undefined),
    numbered: pickRoles((role) =>
      role === "bos" || role === "eos" || role === "pad" ? first(generation?.[`${role}_token_id`]) : undefined,
    ),
    additional: [...(config?.additional_special_tokens ?? []), ...(map?.additional_special_tokens ?? [])],
    added: addedTokens(config?.added_tokens_decoder ?? {}),
    files,
  };
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
  typeof ids === "object" ? ids?.[0] : ids;

function addedTokens(decoder: Readonly<Record<string, { content: string; special: boolean }>>): AddedToken[] {
  return Object.entries(decoder)
    .map(([id, { content, special }]) => ({ id: Number(id), content, special }))
    .filter(({ id }) => Number.isSafeInteger(id) && id >= 0 && id < MAX_VOCABULARY_SIZE);
}

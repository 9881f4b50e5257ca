import { betweenSteps } from "../deadline.js";
import { InputError } from "../errors.js";
import { fileOf, modelFiles, type ModelFiles } from "../files/model-files.js";
import { numberAddedTokens, type AddedVocabulary } from "./added-vocabulary.js";
import { buildVocabulary } from "./build-vocabulary.js";
import { readSpecialTokens } from "./special-files.js";
import type { TokenizerVocabulary } from "./token.js";
import { parseTokenizerFile, type TokenizerFile } from "./tokenizer-json.js";

/**
 * Reads the tokenizer of a Hugging Face folder: tokenizer.json of any model kind, and the files beside it that speak of
 * special tokens.
 *
 * @throws InputError when the folder has no tokenizer.json, or one that is damaged or of a kind that is not read
 */
export async function readTokenizer(folder: string | ModelFiles): Promise<TokenizerVocabulary> {
  return (await readTokenizerParts(folder)).vocabulary;
}

/** A tokenizer's vocabulary with what it was made of. */
export interface TokenizerParts {
  readonly vocabulary: TokenizerVocabulary;
  readonly file: TokenizerFile;
  readonly added: AddedVocabulary;
  /** The parsed tokenizer.json. */
  readonly json: unknown;
}

/** As `readTokenizer`, with what the vocabulary does not hold. */
export async function readTokenizerParts(folder: string | ModelFiles): Promise<TokenizerParts> {
  const files = modelFiles(folder);
  if (!(await files.has("tokenizer.json"))) {
    throw new InputError(
      `${files.path}: holds no tokenizer.json; take it from the model's page, or write it with ` +
        "transformers.AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)",
    );
  }
  const { json, sha256 } = await files.readJson("tokenizer.json");
  await betweenSteps();
  const file = parseTokenizerFile(json, fileOf(files, "tokenizer.json"));
  const special = await readSpecialTokens(files);
  const added = numberAddedTokens(file, special);
  const place = { folder: files.path, files: [{ name: "tokenizer.json", sha256 }, ...special.files] };
  await betweenSteps();
  return { vocabulary: buildVocabulary(file, added, special, place), file, added, json };
}

import { InputError } from "../errors.js";
import { fileOf, modelFiles, type ModelFiles } from "../files/model-files.js";
import { buildVocabulary } from "./build-vocabulary.js";
import { readHashedJson } from "./hashed-json.js";
import { readSpecialTokens } from "./special-files.js";
import type { TokenizerVocabulary } from "./token.js";
import { parseTokenizerFile } from "./tokenizer-json.js";

/**
 * Reads the tokenizer of a Hugging Face folder: tokenizer.json of any model kind, and where present
 * tokenizer_config.json, special_tokens_map.json and generation_config.json for the roles of special tokens.
 *
 * @throws InputError when the folder has no tokenizer.json, or one that is damaged or of a kind that is not read
 */
export async function readTokenizer(folder: string | ModelFiles): Promise<TokenizerVocabulary> {
  return (await readTokenizerWithJson(folder)).vocabulary;
}

/** As readTokenizer, with the parsed tokenizer.json for those who need what the vocabulary leaves out. */
export async function readTokenizerWithJson(
  folder: string | ModelFiles,
): Promise<{ readonly vocabulary: TokenizerVocabulary; readonly json: unknown }> {
  const files = modelFiles(folder);
  if (!(await files.has("tokenizer.json"))) {
    throw new InputError(
      `${files.path}: holds no tokenizer.json; take it from the model's page, or write it with ` +
        "transformers.AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)",
    );
  }
  const { json, file } = await readHashedJson(files, "tokenizer.json");
  const special = await readSpecialTokens(files);
  const place = { folder: files.path, files: [file, ...special.files] };
  return {
    vocabulary: buildVocabulary(parseTokenizerFile(json, fileOf(files, "tokenizer.json")), special, place),
    json,
  };
}

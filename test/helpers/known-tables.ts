import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeLlm, safetensorsBytes } from "./make-folders.js";

/** Words of which none begins with another: `Ġsaa`, `Ġsab`, ... */
export function distinctWords(prefix: string, count: number): string[] {
  const letters = (i: number): string => String.fromCharCode(97 + Math.floor(i / 26), 97 + (i % 26));
  return Array.from({ length: count }, (_, i) => `Ġ${prefix}${letters(i)}`);
}

/** Ids by spelling, of a tokenizer made for tests. */
export function vocabularyOf(tokenizer: object): Readonly<Record<string, number>> {
  return (tokenizer as { model: { vocab: Record<string, number> } }).model.vocab;
}

/** Writes an LLM folder whose table is random but for the rows of `tokens`. */
export function makeLlmWithRows(
  folder: string,
  tokenizer: object,
  tokens: readonly string[],
  rows: readonly (readonly number[])[],
): void {
  const hiddenSize = rows[0]!.length;
  const table = makeLlm(folder, { tokenizer, hiddenSize, dtype: "F32" });
  const ids = vocabularyOf(tokenizer);
  rows.forEach((row, i) => table.values.set(row, ids[tokens[i]!]! * hiddenSize));
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes({ "model.embed_tokens.weight": table }));
}

import { InputError } from "../../errors.js";
import type { Metadata } from "./metadata.js";

/** Source: llama.cpp, `llama_split_path`. */
const SPLIT_NAME = /^(?<stem>.+)-(?<number>\d{5})-of-(?<count>\d{5})\.gguf$/;

/** Most files of one model; the largest published ones have some 150. A name may claim 99,999. */
const MAX_SPLITS = 4096;

/** The names of all the files of a model that one of them is called `name`, the first first; the name alone where it is whole. */
export function splitNames(name: string): readonly string[] {
  const { stem, count } = SPLIT_NAME.exec(name)?.groups ?? {};
  if (stem === undefined || Number(count) > MAX_SPLITS) return [name];
  return Array.from({ length: Number(count) }, (_, i) => `${stem}-${String(i + 1).padStart(5, "0")}-of-${count}.gguf`);
}

/**
 * Checks that the files, in the order of their names, are the parts of one whole.
 *
 * @throws InputError when one says that it is a part of another whole
 */
export function checkSplits(files: readonly { readonly path: string; readonly metadata: Metadata }[]): void {
  if (files.length === 1 && (files[0]!.metadata.get("split.count") ?? 1) === 1) return;
  files.forEach(({ path, metadata }, index) => {
    const [number, count] = [metadata.get("split.no"), metadata.get("split.count")];
    if (number === index && count === files.length) return;
    const said = typeof number === "number" && typeof count === "number" ? `part ${number + 1} of ${count}` : "no part";
    throw new InputError(
      `${path}: says that it is ${said} of a model, its name ${files.length === 1 ? "does not say so" : `says ${index + 1} of ${files.length}`}; keep the names -00001-of-0000N.gguf that the files came with`,
    );
  });
}

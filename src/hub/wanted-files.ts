import { splitNames } from "../checkpoint/gguf/splits.js";
import { weightLayout } from "../checkpoint/weight-files.js";
import { InputError } from "../errors.js";
import { someOf } from "../layout/some-of.js";
import { addressOf } from "./repository.js";
import type { Listing, RemoteFile } from "./remote-files.js";

/** Settings, tokenizers and templates: all that a model's folder holds beside its weights and its pictures. */
const SETTINGS = /\.(?:json|jinja|txt|model|tiktoken)$/;
/** Logs of a trainer, which nothing reads. */
const LOGS = /^(?:trainer_state|all_results|train_results|eval_results)\.json$/;
/** What PEFT and LLaVA write beside or in place of a model's weights, and the matrix of an official adapter. */
const ADAPTERS = /^(?:adapter_model\.safetensors|non_lora_trainables\.bin|mm_projector\.bin|.*\.pt)$/;
/** What a benchmark's folder is made of. */
const DATA = /\.(?:parquet|jsonl?|csv|tsv)$/;

/** What of a repository is fetched: settings always, and of the weights one layout, the one that is read. */
export interface Wanted {
  readonly settings: readonly RemoteFile[];
  /** The index of the weights, where there is one; it names the shards. */
  readonly index?: RemoteFile | undefined;
  /** Weight files that are known without an index. */
  readonly weights: readonly RemoteFile[];
}

/**
 * Chooses what a folder of a model needs: of `model.safetensors` and `pytorch_model.bin` the first, as it is read, and nothing of other
 * software.
 *
 * @throws InputError when the repository lacks the file that was asked for
 */
export function wantedFiles(listing: Listing): Wanted {
  const { files, repository } = listing;
  if (repository.path !== undefined) return { settings: [], weights: namedFiles(listing, repository.path) };
  if (repository.type === "dataset") return { settings: [], weights: files.filter(({ path }) => DATA.test(path)) };
  const top = files.filter(({ path }) => !path.includes("/"));
  const byName = new Map(top.map((file) => [file.path, file]));
  const layout = weightLayout([...byName.keys()]);
  const settings = top.filter(({ path }) => SETTINGS.test(path) && !LOGS.test(path) && !path.endsWith(".index.json"));
  const adapters = top.filter(({ path }) => ADAPTERS.test(path) && !layout.names.includes(path));
  const gguf = top.filter(({ path }) => path.endsWith(".gguf"));
  if (layout.index === undefined && layout.names.length + adapters.length === 0 && gguf.length > 0) {
    const all = someOf(gguf.map(({ path }) => path));
    throw new InputError(
      `${addressOf(repository)}: holds GGUF files; name one of them, as hf://${repository.name}/FILE: ${all}`,
    );
  }
  const weights = [...layout.names.map((name) => byName.get(name)!), ...adapters];
  return { settings, index: layout.index === undefined ? undefined : byName.get(layout.index), weights };
}

/** A file, all parts of a GGUF file, or what lies in a folder. */
function namedFiles({ files, repository }: Listing, path: string): RemoteFile[] {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const names = path.endsWith(".gguf") ? splitNames(path.slice(folder.length)).map((name) => folder + name) : [path];
  const found = files.filter((file) => names.includes(file.path) || file.path.startsWith(`${path}/`));
  if (found.length > 0) return found;
  const all = someOf(files.map((file) => file.path));
  throw new InputError(
    `${addressOf({ ...repository, path: undefined })}: has no file ${JSON.stringify(path)}; it has ${all || "none"}`,
  );
}

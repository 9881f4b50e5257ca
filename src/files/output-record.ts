import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../errors.js";
import { jsonText, readJsonFile } from "./json-file.js";
import { exists } from "./look.js";

/** Hidden file of an output folder. By it a later run knows that this tool wrote the folder and may replace it. */
export const RECORD_FILE = ".langbridge.json";

const recordSchema = z.object({
  format: z.literal("langbridge-output"),
  version: z.literal(1),
  /** Every other file of the folder, relative to it, with "/". */
  files: z.array(z.string()),
});

/** Records what a folder holds. */
export async function writeRecord(folder: string): Promise<void> {
  const files = (await listPaths(folder)).sort();
  const record: z.output<typeof recordSchema> = { format: "langbridge-output", version: 1, files };
  await writeFile(join(folder, RECORD_FILE), jsonText(record));
}

/** Outputs of version 0.1.0, which kept no record: the report that tells them, and the other names they may hold. */
const BEFORE_RECORDS: readonly { readonly report: string; readonly names: readonly string[] }[] = [
  {
    report: "transfer_report.json",
    names: [
      ...["model.safetensors", "config.json", "vocabulary.json", "mm_vocab.json"],
      ...["mm_projector.bin", "mm_vocab_matrix.pt", "official_training_flags.txt"],
    ],
  },
  { report: "explain.json", names: ["index.html", "patches.jsonl"] },
];

/** Names that an error lists, and how many are looked for: a slip may point at a home folder. */
const [NAMED, SOUGHT] = [5, 100];

/**
 * Checks that every file in `folder` was written by this tool.
 *
 * @throws InputError that names those that were not
 */
export async function requireOwnOutput(folder: string): Promise<void> {
  const known = await knownFiles(folder);
  const foreign = (await listPaths(folder, { most: SOUGHT, except: known })).sort();
  if (foreign.length === 0) return;
  const named = foreign.slice(0, NAMED).join(", ");
  const more =
    foreign.length > NAMED ? ` and ${foreign.length - NAMED}${foreign.length < SOUGHT ? "" : " or more"} more` : "";
  const them = foreign.length === 1 ? "it" : "them";
  throw new InputError(
    `${folder}: --force would delete ${named}${more}, which langbridge did not write; move ${them} away, or choose another folder`,
  );
}

/** The files that this tool wrote into the folder, by its own record; none where no record can be read. */
async function knownFiles(folder: string): Promise<ReadonlySet<string>> {
  const path = join(folder, RECORD_FILE);
  if (await exists(path)) {
    const record = recordSchema.safeParse(await readJsonFile(path).catch(() => undefined));
    return new Set(record.success ? [RECORD_FILE, ...record.data.files] : []);
  }
  for (const { report, names } of BEFORE_RECORDS) {
    if (await exists(join(folder, report))) return new Set([report, ...names]);
  }
  return new Set();
}

interface ListOptions {
  readonly most?: number;
  readonly except?: ReadonlySet<string>;
}

/** Everything in a folder and in the folders inside it, except folders that hold something. Links are not followed. */
async function listPaths(folder: string, { most = Infinity, except = new Set() }: ListOptions = {}): Promise<string[]> {
  const names: string[] = [];
  const walk = async (inner: string): Promise<void> => {
    const entries = await readdir(join(folder, inner), { withFileTypes: true });
    if (entries.length === 0 && inner !== "") names.push(inner);
    for (const entry of entries) {
      if (names.length >= most) return;
      const name = inner + entry.name;
      if (entry.isDirectory()) await walk(`${name}/`);
      else if (!except.has(name)) names.push(name);
    }
  };
  await walk("");
  return names;
}

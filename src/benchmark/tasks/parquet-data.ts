import { join, relative } from "node:path";
import { distance } from "fastest-levenshtein";
import type { z } from "zod";
import { checkJson } from "../../files/check-json.js";
import { sha256, sha256OfFile } from "../../files/hash.js";
import { exists, isFolder, listFolder } from "../../files/look.js";
import { InputError } from "../../errors.js";
import type { DataFile } from "./benchmark.js";
import type { ImageSource } from "./item.js";
import {
  openParquet,
  readParquet,
  requireColumns,
  type ParquetFile,
  type ParquetRow,
} from "../../parquet/parquet-file.js";

/** Most questions of a benchmark, all of which are in memory; GQA's, the largest here, has 12,578. */
const MAX_QUESTIONS = 500_000;

/** Where the parquet files of a benchmark lie in its repository of the Hub. */
export interface ParquetPlace {
  /** Folders below the data folder, the Hub's own first. */
  readonly folders: readonly string[];
  /** What the names of the files begin with. */
  readonly split: string;
}

/** The rows of a benchmark in parquet, each with its picture. */
export interface ParquetData<Row> {
  readonly rows: readonly { readonly row: Row; readonly image: ImageSource | null }[];
  readonly files: readonly DataFile[];
  /** What errors call the file of the questions. */
  readonly questionFile: string;
}

/** Paths of the parquet files of a split, in order; none where the folder holds no such files. */
export async function findParquet(folder: string, { folders, split }: ParquetPlace): Promise<string[]> {
  for (const below of folders) {
    const home = join(folder, below);
    if (!(await exists(home)) || !(await isFolder(home))) continue;
    const names = (await listFolder(home)).filter((name) => name.endsWith(".parquet"));
    const ofSplit = names.filter((name) => name.startsWith(`${split}-`) || name === `${split}.parquet`);
    if (ofSplit.length > 0) return ofSplit.map((name) => join(home, name));
    if (names.length > 0 && below === ".") {
      throw new InputError(
        `${home}: has no parquet files of the split ${split} (${split}-*.parquet), only ${names.slice(0, 3).join(", ")}; fetch them too`,
      );
    }
  }
  return [];
}

/** Columns of a benchmark, and how a row is read. */
export interface ParquetColumns<Row> {
  readonly schema: z.ZodType<Row>;
  readonly columns: readonly string[];
  /** Columns that some releases have. */
  readonly optional?: readonly string[];
  /** The column of pictures; none where they lie in other files. */
  readonly image?: string;
}

/**
 * Reads the rows of parquet files, row group by row group: questions and annotations are kept, of a picture the hash and its place.
 *
 * @throws InputError for a file that is damaged, and for columns that are missing, with near names
 */
export async function readParquetRows<Row>(
  folder: string,
  paths: readonly string[],
  wanted: ParquetColumns<Row>,
): Promise<ParquetData<Row>> {
  const rows: { row: Row; image: ImageSource | null }[] = [];
  const files: DataFile[] = [];
  for (const path of paths) {
    const file = await openParquet(path);
    if (rows.length + file.rows > MAX_QUESTIONS) {
      throw new InputError(
        `${path}: has ${file.rows} rows, ${rows.length} before it; at most ${MAX_QUESTIONS} questions are asked: fetch it again, or cut it into several benchmarks`,
      );
    }
    const { image, optional = [] } = wanted;
    requireColumns(file, [...wanted.columns, ...(image === undefined ? [] : [image])], (name) =>
      nearColumn(name, file),
    );
    const columns = [...wanted.columns, ...optional.filter((name) => file.columns.includes(name))];
    const pictures = image === undefined ? undefined : new Pictures(file, image);
    for (const group of file.groups) {
      const found = await readParquet(file, columns, group);
      const keys = await pictures?.keys(group);
      found.forEach((each, at) => {
        const number = group.first + at;
        rows.push({
          row: checkJson(wanted.schema, plain(each), `${path}: row ${number + 1}`),
          image: keys?.[at] === undefined ? null : pictures!.source(keys[at], number),
        });
      });
    }
    const name = relative(folder, path).replaceAll("\\", "/");
    files.push({ name, sha256: await sha256OfFile(path), bytes: file.bytes, rows: file.rows });
  }
  if (rows.length === 0) throw new InputError(`${paths[0]}: holds no rows; the file is not the right one`);
  return { rows, files, questionFile: files[0]!.name };
}

/** The name most like the one that is missing, where one is. */
function nearColumn(name: string, { columns }: ParquetFile): string {
  const [near] = columns
    .map((column) => ({ column, steps: distance(column.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps);
  return near !== undefined && near.steps <= Math.max(2, name.length / 3) ? ` (is it "${near.column}"?)` : "";
}

/** Values as JSON has them: bytes are texts, integers of 64 bits numbers. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8");
  if (typeof value === "bigint") return Number(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** The pictures of a file. A row group is in memory while its pictures are asked for, one at a time. */
class Pictures {
  private kept: { readonly first: number; readonly pictures: Promise<readonly (Uint8Array | undefined)[]> } | undefined;

  constructor(
    private readonly file: ParquetFile,
    private readonly column: string,
  ) {}

  /** A hash of each picture of a row group, so that questions about one picture are asked together; undefined without a picture. */
  async keys(group: ParquetFile["groups"][number]): Promise<readonly (string | undefined)[]> {
    const pictures = await this.read(group);
    return pictures.map((bytes) => (bytes === undefined ? undefined : sha256(bytes).slice(0, 32)));
  }

  source(key: string, row: number): ImageSource {
    return { key, file: null, embedded: { read: () => this.picture(row) } };
  }

  private async picture(row: number): Promise<Uint8Array> {
    const group = this.file.groups.find(({ end }) => row < end)!;
    if (this.kept?.first !== group.first) this.kept = { first: group.first, pictures: this.read(group) };
    return (await this.kept.pictures)[row - group.first]!;
  }

  private async read(group: ParquetFile["groups"][number]): Promise<readonly (Uint8Array | undefined)[]> {
    const rows = await readParquet(this.file, [this.column], group);
    return rows.map((row, at) => pictureOf(row, this.column, `${this.file.path}: row ${group.first + at + 1}`));
  }
}

/** `datasets` stores a picture as a structure of bytes and path, or as the bytes alone. */
function pictureOf(row: ParquetRow, column: string, where: string): Uint8Array | undefined {
  const value = row[column];
  if (value === null || value === undefined) return undefined;
  const bytes = value instanceof Uint8Array ? value : (value as { readonly bytes?: unknown }).bytes;
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes === null && (value as { readonly path?: unknown }).path == null) return undefined;
  throw new InputError(
    `${where}: "${column}" holds no bytes of a picture; only files with the pictures inside are read`,
  );
}

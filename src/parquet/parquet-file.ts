import {
  parquetMetadataAsync,
  parquetReadObjects,
  type AsyncBuffer,
  type ColumnMetaData,
  type FileMetaData,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { InputError } from "../errors.js";
import { withFile } from "../files/positioned-file.js";
import { someOf } from "../layout/some-of.js";
import { checkPages } from "./page-bounds.js";

/** A parquet file by its footer: nothing of its rows is in memory. */
export interface ParquetFile {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  /** Names of its columns, those of structures once. */
  readonly columns: readonly string[];
  /** Row groups: rows `first` to `end` (not included). */
  readonly groups: readonly { readonly first: number; readonly end: number }[];
  readonly metadata: FileMetaData;
}

export type ParquetRow = Readonly<Record<string, unknown>>;

/** Largest footer read, in bytes; one of a thousand row groups of twenty columns takes some 2 MB. */
const MAX_FOOTER_BYTES = 64 * 2 ** 20;
/** Largest column of a row group, in bytes, before compression: what is in memory at once. The largest real ones hold 1,000 pictures. */
const MAX_COLUMN_BYTES = 2 ** 31;
/** Largest page, in bytes, after it is decompressed. Writers begin a new page after 1 MB, but never within a picture. */
const MAX_PAGE_BYTES = 2 ** 29;
/** Most rows of a file. */
const MAX_ROWS = 10_000_000;
/** Most rows of a row group, which are in memory at once; pyarrow begins a new one after as many. */
const MAX_GROUP_ROWS = 2 ** 20;

/**
 * Opens a parquet file by its footer and checks its sizes.
 *
 * @throws InputError for a file that is damaged, or claims more than a benchmark has
 */
export async function openParquet(path: string): Promise<ParquetFile> {
  const [metadata, bytes] = await withBuffer(path, async (file) => {
    const metadata = await parquetMetadataAsync(footerLimited(file, path));
    return [metadata, file.byteLength] as const;
  });
  const rows = Number(metadata.num_rows);
  const groups: { first: number; end: number }[] = [];
  for (const group of metadata.row_groups) {
    const first = groups.at(-1)?.end ?? 0;
    const count = Number(group.num_rows);
    if (!(count >= 0 && count <= MAX_GROUP_ROWS)) {
      throw new InputError(
        `${path}: claims a row group of ${count} rows, at most ${MAX_GROUP_ROWS} are read at once; write it with smaller row groups, or fetch it again`,
      );
    }
    groups.push({ first, end: first + count });
    for (const { meta_data: column } of group.columns) {
      const [stored, plain] = [Number(column?.total_compressed_size), Number(column?.total_uncompressed_size)];
      if (stored <= bytes && plain <= MAX_COLUMN_BYTES) continue;
      throw new InputError(
        `${path}: a column of a row group takes ${plain} bytes, stored in ${stored} of ${bytes}; at most ${MAX_COLUMN_BYTES} are read at once: write it with smaller row groups, or fetch it again`,
      );
    }
  }
  if (rows > MAX_ROWS || (groups.at(-1)?.end ?? 0) !== rows) {
    throw new InputError(
      `${path}: claims ${rows} rows and holds ${groups.at(-1)?.end ?? 0}, at most ${MAX_ROWS} are read; fetch it again`,
    );
  }
  const [, ...elements] = metadata.schema;
  return { path, bytes, rows, columns: topLevel(elements), groups, metadata };
}

/** Names of the columns, each with all that is inside it passed over. */
function topLevel(elements: FileMetaData["schema"]): string[] {
  const names: string[] = [];
  const skip = (at: number): number => {
    let next = at + 1;
    for (let child = 0; child < (elements[at]?.num_children ?? 0); child++) next = skip(next);
    return next;
  };
  for (let at = 0; at < elements.length; at = skip(at)) names.push(elements[at]!.name);
  return names;
}

/**
 * Rows `first` to `end` (not included) with these columns, as plain values; binary columns as bytes.
 *
 * @throws InputError when the file is damaged, and for pages that claim more than the footer says or grow beyond their bounds
 */
export async function readParquet(
  { path, metadata }: ParquetFile,
  columns: readonly string[],
  { first, end }: { readonly first: number; readonly end: number },
): Promise<readonly ParquetRow[]> {
  return withBuffer(path, async (file) => {
    for (const column of columnsOf(metadata, columns, { first, end })) await checkPages(file, column, path);
    return parquetReadObjects({
      file,
      metadata,
      columns: [...columns],
      rowStart: first,
      rowEnd: end,
      compressors: bounded(path),
      utf8: false,
    });
  });
}

/** The columns of these names, and those inside of them, of the row groups that hold some of the rows. */
function* columnsOf(
  { row_groups }: FileMetaData,
  names: readonly string[],
  { first, end }: { readonly first: number; readonly end: number },
): Generator<ColumnMetaData> {
  let start = 0;
  for (const { columns, num_rows } of row_groups) {
    const next = start + Number(num_rows);
    for (const { meta_data: column } of start < end && next > first ? columns : []) {
      if (column !== undefined && names.includes(column.path_in_schema[0]!)) yield column;
    }
    start = next;
  }
}

/**
 * Checks that a file has the columns of a benchmark.
 *
 * @throws InputError naming those that it lacks, and those that are there
 */
export function requireColumns(
  { path, columns }: ParquetFile,
  wanted: readonly string[],
  near: (name: string) => string,
): void {
  const missing = wanted.filter((name) => !columns.includes(name));
  if (missing.length === 0) return;
  throw new InputError(
    `${path}: has no column ${missing.map((name) => `"${name}"${near(name)}`).join(", ")}; it has ${someOf(columns.map((name) => `"${name}"`))}`,
  );
}

/** What the decoder throws is about the file, whatever it calls it. */
async function withBuffer<T>(path: string, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  return withFile(path, async (file) => {
    const slice = async (start: number, end = file.size): Promise<ArrayBuffer> => {
      const bytes = new Uint8Array(Math.max(0, end - start));
      await file.readInto(bytes, start);
      return bytes.buffer;
    };
    try {
      return await use({ byteLength: file.size, slice });
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new InputError(`${path}: is no parquet file, or damaged: ${(error as Error).message}; fetch it again`, {
        cause: error,
      });
    }
  });
}

/** The length of the footer stands before its end, and is checked before it is read. */
function footerLimited(file: AsyncBuffer, path: string): AsyncBuffer {
  return {
    byteLength: file.byteLength,
    slice: (start, end = file.byteLength) => {
      if (end - start <= MAX_FOOTER_BYTES) return file.slice(start, end);
      throw new InputError(
        `${path}: claims a footer of ${end - start} bytes, at most ${MAX_FOOTER_BYTES} are read; this is no parquet file`,
      );
    },
  };
}

/** Decompression into pages of bounded size: their headers say it, and a few bytes can claim gigabytes. */
function bounded(path: string): typeof compressors {
  const wrapped = Object.entries(compressors).map(([name, decompress]) => [
    name,
    (input: Uint8Array, length: number): Uint8Array => {
      if (length <= MAX_PAGE_BYTES) return decompress(input, length);
      throw new InputError(
        `${path}: claims a page of ${length} bytes, at most ${MAX_PAGE_BYTES} are read; write it with smaller pages, or fetch it again`,
      );
    },
  ]);
  return Object.fromEntries(wrapped) as typeof compressors;
}

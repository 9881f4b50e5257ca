import { InputError } from "../../errors.js";
import { forEachLine, type FileDigest } from "../../files/lines.js";

const [TAB, COMMA] = [9, 44];
const QUOTE = 34;

/** What pandas reads as an absent value, exactly so spelled. Source: pandas, STR_NA_VALUES of pandas/_libs/parsers.pyx. */
const ABSENT: ReadonlySet<string> = new Set([
  ...["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"],
  ...["NULL", "NaN", "None", "n/a", "nan", "null"],
]);

/** A row of a table by column: text, and for the columns asked for the place in the file instead. Absent values are left out. */
export interface TableRow {
  /** Row after the header, from 1. */
  readonly number: number;
  readonly text: ReadonlyMap<string, string>;
  readonly places: ReadonlyMap<string, FieldPlace>;
}

/** Bytes of an unquoted field; `bytes` is valid during the visit only. */
export interface FieldPlace {
  readonly byteOffset: number;
  readonly bytes: Buffer;
}

interface Field {
  /** Null when the field was not quoted and `bytes` is its text. */
  readonly quoted: string | null;
  readonly byteOffset: number;
  readonly bytes: Buffer;
}

/**
 * Reads a table with a header, separated by tabs or commas, the way pandas.read_table does: a field that starts with `"` ends at the
 * next lone `"`, may hold tabs and line ends, and writes `"` as `""`; of columns of one name the first counts. Columns in
 * `placeColumns` are not decoded. Where pandas fills a short row up, the file is taken for truncated.
 */
export async function forEachTableRow(
  path: string,
  placeColumns: ReadonlySet<string>,
  visit: (row: TableRow) => void,
  {
    separator = "tab",
    absent = ABSENT,
  }: { readonly separator?: "tab" | "comma"; readonly absent?: ReadonlySet<string> } = {},
): Promise<FileDigest> {
  let columns: (string | undefined)[] | null = null;
  let rows = 0;
  const collect = new FieldCollector(
    (fields) => {
      if (columns === null) {
        columns = columnNames(fields);
        return;
      }
      rows += 1;
      if (fields.length !== columns.length) {
        throw new InputError(
          `${path}: row ${rows} has ${fields.length} fields, the header has ${columns.length}; the file is truncated or not separated by ${separator}s`,
        );
      }
      visit(toRow({ number: rows, columns, fields }, placeColumns, absent));
    },
    separator === "tab" ? TAB : COMMA,
  );
  const digest = await forEachLine(path, (line, _number, byteOffset, lineEnd) =>
    collect.add(line, byteOffset, lineEnd),
  );
  if (collect.isOpen) throw new InputError(`${path}: ends inside a quoted field; the file is truncated`);
  return { ...digest, lines: rows };
}

const textOf = (field: Field): string => field.quoted ?? field.bytes.toString("utf8");

/** Names of the columns; a later one of the same name has none. */
function columnNames(fields: readonly Field[]): (string | undefined)[] {
  const names = fields.map(textOf);
  names[0] = names[0]!.replace(/^\ufeff/, "");
  const seen = new Set<string>();
  return names.map((name) => (seen.has(name) ? undefined : (seen.add(name), name)));
}

interface ReadRow {
  readonly number: number;
  readonly columns: readonly (string | undefined)[];
  readonly fields: readonly Field[];
}

function toRow(
  { number, columns, fields }: ReadRow,
  placed: ReadonlySet<string>,
  absent: ReadonlySet<string>,
): TableRow {
  const [text, places] = [new Map<string, string>(), new Map<string, FieldPlace>()];
  columns.forEach((column, index) => {
    const field = fields[index]!;
    if (column === undefined) return;
    if (placed.has(column) && field.quoted === null) {
      places.set(column, field);
      return;
    }
    const value = textOf(field);
    if (!absent.has(value)) text.set(column, value);
  });
  return { number, text, places };
}

/** Puts fields together over line ends inside quotes; blank lines between rows are passed over. */
class FieldCollector {
  private fields: Field[] = [];
  private open: string | null = null;

  constructor(
    private readonly emit: (fields: readonly Field[]) => void,
    private readonly separator: number,
  ) {}

  get isOpen(): boolean {
    return this.open !== null;
  }

  add(line: Buffer, byteOffset: number, lineEnd: string): void {
    if (line.length === 0 && this.open === null) return;
    let at = 0;
    for (;;) {
      const next =
        this.open === null && line[at] !== QUOTE ? this.plain(line, at, byteOffset) : this.quoted(line, at, lineEnd);
      if (next === "line ended inside quotes") return;
      if (next > line.length) break;
      at = next;
    }
    const fields = this.fields;
    this.fields = [];
    this.emit(fields);
  }

  /** Takes an unquoted field; returns where the next one starts, beyond the line when there is none. */
  private plain(line: Buffer, at: number, byteOffset: number): number {
    const tab = line.indexOf(this.separator, at);
    const end = tab < 0 ? line.length : tab;
    this.fields.push({ quoted: null, byteOffset: byteOffset + at, bytes: line.subarray(at, end) });
    return end + 1;
  }

  private quoted(line: Buffer, at: number, lineEnd: string): number | "line ended inside quotes" {
    let from = this.open === null ? at + 1 : at;
    let text = this.open ?? "";
    for (;;) {
      const quote = line.indexOf(QUOTE, from);
      if (quote < 0) {
        this.open = `${text}${line.toString("utf8", from)}${lineEnd}`;
        return "line ended inside quotes";
      }
      text += line.toString("utf8", from, quote);
      from = quote + 1;
      if (line[from] !== QUOTE) break;
      text += '"';
      from += 1;
    }
    const tab = line.indexOf(this.separator, from);
    const end = tab < 0 ? line.length : tab;
    this.fields.push({ quoted: text + line.toString("utf8", from, end), byteOffset: 0, bytes: line.subarray(0, 0) });
    this.open = null;
    return end + 1;
  }
}

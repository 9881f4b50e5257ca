import { extname } from "node:path";
import { InputError, throwIfAborted } from "../errors.js";
import { jsonElements } from "../files/json-elements.js";
import { PositionedFile } from "../files/positioned-file.js";
import { parseJson } from "../files/json-file.js";
import { streamBytes } from "../files/stream-bytes.js";
import { openParquet, readParquet } from "../parquet/parquet-file.js";

/** A text, and how much of its file was read when it came. */
export interface TextPiece {
  readonly text: string;
  readonly bytes: number;
}

/** Fields of a row or an element that hold text, in the order in which they are looked for. */
const TEXT_FIELDS = [
  "conversations",
  "messages",
  "text",
  "caption",
  "captions",
  "value",
  "content",
  "question",
  "answer",
  "answers",
];

/** LLaVA's mark of the place of a picture, which is no text. */
const IMAGE = /<image>\n?/g;

/** Longest line of a plain text that is counted as one, in characters; a longer one is cut at a space. */
const MAX_TEXT = 20_000;

/**
 * The texts of a file, one after another; memory does not grow with it: `.parquet`, `.jsonl`, `.json` (one array, such as LLaVA's
 * conversations), and any other as plain text, line by line.
 *
 * @throws InputError for a file that is damaged, and for rows without a field that holds text
 */
export async function* textsOf(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined },
): AsyncGenerator<TextPiece, void, undefined> {
  const kind = extname(path).toLowerCase();
  if (kind === ".parquet") yield* parquetTexts(path, signal);
  else if (kind === ".json") {
    let element = 0;
    for await (const { value, bytes } of jsonElements(path, { signal }))
      yield* piecesOf(value, bytes, `${path}: element ${++element}`);
  } else {
    let number = 0;
    for await (const { line, bytes } of linesOf(path, signal)) {
      number++;
      if (kind !== ".jsonl") yield* cut(line, bytes);
      else if (line.trim() !== "")
        yield* piecesOf(parseJson(line, `${path}: line ${number}`), bytes, `${path}: line ${number}`);
    }
  }
}

async function* parquetTexts(
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<TextPiece, void, undefined> {
  const file = await openParquet(path);
  const columns = TEXT_FIELDS.filter((name) => file.columns.includes(name));
  if (columns.length === 0) throw withoutText(path, file.columns);
  for (const group of file.groups) {
    throwIfAborted(signal);
    const bytes = Math.round((file.bytes * group.end) / file.rows);
    for (const row of await readParquet(file, columns, group)) yield* piecesOf(row, bytes, path);
  }
}

/** All texts of a value: of an object those of its text fields, of a list those of its entries. */
function* piecesOf(value: unknown, bytes: number, where: string): Generator<TextPiece, void, undefined> {
  const texts: string[] = [];
  collect(value, texts);
  if (texts.length === 0 && typeof value === "object" && value !== null && !Array.isArray(value)) {
    const names = Object.keys(value);
    if (!names.some((name) => TEXT_FIELDS.includes(name))) throw withoutText(where, names);
  }
  for (const text of texts) yield* cut(text.replaceAll(IMAGE, ""), bytes);
}

function collect(value: unknown, texts: string[]): void {
  if (typeof value === "string") texts.push(value);
  else if (value instanceof Uint8Array)
    texts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8"));
  else if (Array.isArray(value)) for (const entry of value) collect(entry, texts);
  else if (typeof value === "object" && value !== null) {
    for (const name of TEXT_FIELDS)
      if (Object.hasOwn(value, name)) collect((value as Record<string, unknown>)[name], texts);
  }
}

const withoutText = (where: string, names: readonly string[]): InputError =>
  new InputError(
    `${where}: holds no text; expected one of ${TEXT_FIELDS.join(", ")}, got ${names.slice(0, 8).join(", ") || "nothing"}`,
  );

function* cut(text: string, bytes: number): Generator<TextPiece, void, undefined> {
  for (let from = 0; from < text.length;) {
    const space = from + MAX_TEXT < text.length ? text.lastIndexOf(" ", from + MAX_TEXT) : text.length;
    const end = space > from ? space : Math.min(text.length, from + MAX_TEXT);
    yield { text: text.slice(from, end), bytes };
    from = end;
  }
}

/** Lines with their ends, which are tokens too. */
async function* linesOf(
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly line: string; readonly bytes: number }, void, undefined> {
  const file = await PositionedFile.open(path, "cannot be read");
  const decoder = new TextDecoder();
  let rest = "";
  let bytes = 0;
  try {
    for await (const chunk of streamBytes(file, file.size, { signal })) {
      bytes += chunk.byteLength;
      rest += decoder.decode(chunk, { stream: true });
      let start = 0;
      for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", start)) {
        yield { line: rest.slice(start, end + 1), bytes };
        start = end + 1;
      }
      rest = rest.slice(start);
      // One line without end would be gathered whole.
      if (rest.length > MAX_LINE) {
        yield { line: rest, bytes };
        rest = "";
      }
    }
    rest += decoder.decode();
    if (rest !== "") yield { line: rest, bytes };
  } finally {
    await file.close();
  }
}

const MAX_LINE = 16 * 2 ** 20;
